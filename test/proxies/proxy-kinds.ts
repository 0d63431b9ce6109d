import { Haproxy } from './haproxy.ts'
import { Nghttpx } from './nghttpx.ts'
import { Nginx } from './nginx.ts'
import type { ProxyKind } from './proxy.ts'
import { findProgram } from './server-program.ts'

export const PROXY_KINDS: readonly ProxyKind[] = [
  { name: 'nginx', programs: ['nginx'], start: (engines, routes) => Nginx.start(engines, routes) },
  { name: 'haproxy', programs: ['haproxy'], start: Haproxy.start },
  { name: 'nghttpx', programs: ['nghttpx', 'haproxy'], start: Nghttpx.start },
]

/** The programs that a proxy needs and that are not installed. */
export function missingPrograms({ programs }: ProxyKind): string[] {
  return programs.filter((program) => findProgram(program) === undefined)
}
