import type { Strategy } from 'e6data-connector'
import picocolors from 'picocolors'
import { canRedraw, type Environment } from './environment.ts'

type Paint = (text: string) => string

/** Colors and shapes for one stream. Without color, words and shapes are enough. */
export interface Style {
  readonly strong: Paint
  readonly dim: Paint
  readonly good: Paint
  readonly bad: Paint
  readonly warn: Paint
  readonly key: Paint
  readonly glyphs: Glyphs
  /** A strategy by color, shape and name, so that readers need not distinguish blue from green. */
  readonly strategy: (strategy: Strategy | undefined) => string
}

export interface Glyphs {
  readonly vertical: string
  readonly horizontal: string
  readonly cross: string
  readonly ellipsis: string
  readonly separator: string
  readonly arrow: string
  readonly full: string
  readonly empty: string
  readonly passed: string
  readonly failed: string
  readonly skipped: string
  readonly strategies: Readonly<Record<Strategy, string>>
}

const UNICODE: Glyphs = {
  vertical: '│',
  horizontal: '─',
  cross: '┼',
  ellipsis: '…',
  separator: ' · ',
  arrow: '→',
  full: '█',
  empty: '░',
  passed: '✔',
  failed: '✘',
  skipped: '–',
  strategies: { blue: '●', green: '■' },
}

const ASCII: Glyphs = {
  vertical: '|',
  horizontal: '-',
  cross: '+',
  ellipsis: '~',
  separator: ' - ',
  arrow: '->',
  full: '#',
  empty: '.',
  passed: 'ok',
  failed: 'XX',
  skipped: '--',
  strategies: { blue: 'o', green: '#' },
}

export interface StyleOptions {
  /** Whether `--no-color` was given. @default false */
  readonly noColor?: boolean
}

export function styleFor(stream: NodeJS.WriteStream, env: Environment['env'], options: StyleOptions = {}): Style {
  const colors = picocolors.createColors(takesColor(stream, env, options))
  const glyphs = speaksUnicode(env) ? UNICODE : ASCII
  const paint: Record<Strategy, Paint> = {
    blue: (text) => colors.blueBright(text),
    green: (text) => colors.green(text),
  }
  return {
    strong: colors.bold,
    dim: colors.dim,
    good: colors.green,
    bad: colors.red,
    warn: colors.yellow,
    key: colors.cyan,
    glyphs,
    strategy: (strategy) =>
      strategy ? paint[strategy](`${glyphs.strategies[strategy]} ${strategy}`) : colors.dim('? unknown'),
  }
}

/** `NO_COLOR` with a value turns colors off (no-color.org); `FORCE_COLOR` turns them on for a pipe. */
function takesColor(stream: NodeJS.WriteStream, env: Environment['env'], { noColor = false }: StyleOptions): boolean {
  if (noColor || env.NO_COLOR) return false
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0'
  return canRedraw(stream, env)
}

/** Whether the locale uses UTF-8. @default true without a locale */
function speaksUnicode(env: Environment['env']): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || 'UTF-8'
  return /utf-?8/i.test(locale)
}
