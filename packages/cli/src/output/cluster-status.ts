import type { Invocation } from '../invocation.ts'
import { printable } from '../printable.ts'
import { type Style, styleFor } from '../style.ts'

const PAINTS: Readonly<Record<string, (style: Style) => (text: string) => string>> = {
  active: ({ good }) => good,
  failed: ({ bad }) => bad,
}

/** The status of a cluster, as a word. */
export function writeClusterStatus({ given, environment, noColor }: Invocation, status: string): void {
  const { stdout, env } = environment
  const style = styleFor(stdout, env, { noColor })
  const paint = PAINTS[status]?.(style) ?? style.warn
  stdout.write(given.has('json') ? `${JSON.stringify({ status })}\n` : `${paint(printable(status))}\n`)
}
