import type { Fault } from '../faults/fault.ts'

/** Describes a fault: its effect, and the calls it hits. */
export function faultText({ fault, method, strategy, occurrence, times, countPer }: Fault): string {
  const { kind, ...facts } = fault
  const details = Object.entries(facts)
    .filter(([, value]) => !(value instanceof Uint8Array))
    .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
  const methods = typeof method === 'string' ? [method] : method
  const where = [
    methods === undefined ? 'any call' : methods.join(', '),
    ...(strategy === undefined ? [] : [`on ${strategy}`]),
    ...(occurrence === undefined ? [] : [occurrence === 'every' ? 'every time' : `from the ${occurrence}. time`]),
    ...(times === undefined ? [] : [`${times} times`]),
    ...(countPer === 'query' ? ['of each query'] : []),
  ]
  return `${[kind, ...details].join(' ')}: ${where.join(' ')}`
}
