import type { OptionName } from './connect-options.ts'
import { describeKind, type OptionKind } from './option-kinds.ts'
import { unknownOption } from './unknown-option.ts'

/** A value from one source that is not validated yet. */
export interface GivenOption {
  readonly value: unknown
  /** The source, as faults name it: `the option`, `the URL`, `the environment variable E6DATA_PORT`. */
  readonly source: string
}

/** The options of one source. Its faults are those of the source itself, such as an unknown parameter. */
export interface GivenOptions {
  readonly options: ReadonlyMap<OptionName, GivenOption>
  readonly faults: readonly string[]
  /** Options of another connector that this one ignores. */
  readonly ignored?: readonly string[]
}

/**
 * Returns the fault of an invalid value. It describes the value without showing it, because it may be a misplaced
 * secret.
 */
export function badValue(name: string, kind: OptionKind<unknown>, { value, source }: GivenOption): string {
  const member = kind.faultIn?.(value)
  if (member) {
    const full = `${name}.${member.name}`
    if (member.kind) return badValue(full, member.kind, { value: member.value, source })
    return `${unknownOption(full, member.known)}; the options are ${member.known.join(', ')}`
  }
  return `${name} must be ${kind.expected}; got ${describeKind(value)} from ${source}`
}
