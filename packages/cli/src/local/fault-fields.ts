import { CommandError } from '../command-error.ts'
import { printable } from '../printable.ts'
import type { FaultState } from './admin-client.ts'

/** Fields that select the calls of a fault; all others belong to its effect. */
const MATCH_FIELDS: ReadonlySet<string> = new Set([
  'method',
  'service',
  'strategy',
  'queryId',
  'query',
  'sessionId',
  'occurrence',
  'times',
  'countPer',
])

/** Fields that are strings, even if they look like numbers. */
const TEXT_FIELDS: ReadonlySet<string> = new Set(['queryId', 'sessionId', 'value', 'message', 'body'])

/**
 * Parses `KIND FIELD=VALUE…` into a fault for the admin API, which validates the fields.
 * @throws CommandError for an argument that is not FIELD=VALUE
 */
export function faultFrom(kind: string, fields: readonly string[]): object {
  const match: Record<string, unknown> = {}
  const effect: Record<string, unknown> = { kind }
  for (const field of fields) {
    const equals = field.indexOf('=')
    if (equals < 1)
      throw new CommandError(
        `a fault's details are FIELD=VALUE, such as method=getNextResultBatch, not ${JSON.stringify(field)}`,
      )
    const name = field.slice(0, equals)
    const target = MATCH_FIELDS.has(name) ? match : effect
    target[name] = fieldValue(name, field.slice(equals + 1))
  }
  return { ...match, fault: effect }
}

function fieldValue(name: string, text: string): unknown {
  if (TEXT_FIELDS.has(name)) return text
  if (/^\d+$/.test(text)) return Number(text)
  if (name === 'headers' || name === 'trailers') return parsedObject(name, text)
  return name === 'method' && text.includes(',') ? text.split(',') : text
}

function parsedObject(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new CommandError(`${name} must be a JSON object, such as '{"retry-after":"1"}'`)
  }
}

/** Formats a fault as it is typed, with its number of hits. */
export function faultText({ id, fired, holding, fault: { fault: effect, ...match } }: FaultState): string {
  const { kind, ...fields } = effect
  const words = Object.entries({ ...fields, ...match }).map(([name, value]) => `${name}=${plain(value)}`)
  const held = holding > 0 ? `, holds ${holding}` : ''
  return printable(
    `#${id} ${[String(kind), ...words].join(' ')} (hit ${fired} ${fired === 1 ? 'call' : 'calls'}${held})`,
  )
}

function plain(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
