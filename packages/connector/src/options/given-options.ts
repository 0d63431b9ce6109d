import type { OptionName } from './connect-options.ts'
import { describeKind, type OptionKind } from './option-kinds.ts'
import { unknownOption } from './unknown-option.ts'

/** A value as somebody gave it, and where; not yet known to be any good. */
export interface GivenOption {
  readonly value: unknown
  /** Begins "gives …" in a fault: `the option`, `the URL`, `the environment variable E6DATA_PORT`. */
  readonly source: string
}

/** What one source gives. Faults are those of the source itself, such as a parameter that does not exist. */
export interface GivenOptions {
  readonly options: ReadonlyMap<OptionName, GivenOption>
  readonly faults: readonly string[]
  /** What another connector takes and this one does not. */
  readonly ignored?: readonly string[]
}

/** Says what a value has to be and what was given, without showing it: it may be a secret in the wrong place. */
export function badValue(name: string, kind: OptionKind<unknown>, { value, source }: GivenOption): string {
  const member = kind.faultIn?.(value)
  if (member) {
    const full = `${name}.${member.name}`
    if (member.kind) return badValue(full, member.kind, { value: member.value, source })
    return `${unknownOption(full, member.known)}; there are ${member.known.join(', ')}`
  }
  return `${name} must be ${kind.expected}; ${source} gives ${describeKind(value)}`
}
