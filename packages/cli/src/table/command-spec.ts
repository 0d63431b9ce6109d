import type { ValueKind } from './value-kinds.ts'

/** The completion of a value that has no choices. */
export type Completion = 'file' | 'folder' | 'profile' | 'nothing'

interface ValueSpec {
  /** The name of the value in help, in capitals. */
  readonly value: string
  readonly kind: ValueKind<unknown>
  /** Values for help and completion. */
  readonly choices?: readonly string[]
  /** @default 'nothing' */
  readonly completes?: Completion
}

export interface ArgumentSpec extends ValueSpec {
  readonly required: boolean
  /** Takes all remaining arguments. */
  readonly variadic?: boolean
  readonly about: string
}

interface OptionFacts {
  /** The name without hyphens. A name with `no-` turns something off that is on by default. */
  readonly flag: string
  readonly short?: string
  readonly about: string
  /** The default, as text for help. */
  readonly default?: string
  /** The environment variable with the same meaning. */
  readonly env?: string
}

/** An option without a value. */
export interface SwitchSpec extends OptionFacts {
  readonly value?: never
}

export interface ValueOptionSpec extends OptionFacts, ValueSpec {}

/** An option that is always refused, with advice: users try it. */
export interface RefusedOptionSpec extends OptionFacts {
  readonly value: string
  readonly kind?: never
  readonly refusal: string
}

export type OptionSpec = SwitchSpec | ValueOptionSpec | RefusedOptionSpec

export interface Example {
  readonly does: string
  readonly command: string
}

/** The description of a command. Parsing, help, man page and completion are generated from it. */
export interface CommandSpec {
  /** The words after `e6data`. */
  readonly name: string
  /** One line, without a full stop. */
  readonly about: string
  /** Paragraphs for the help of the command. */
  readonly description: readonly string[]
  readonly arguments?: readonly ArgumentSpec[]
  readonly options?: readonly OptionSpec[]
  /** Whether it takes the options that select a cluster. @default false */
  readonly connects?: boolean
  readonly examples: readonly Example[]
  /** Tables of this command only, such as the commands of the shell. */
  readonly extra?: { readonly title: string; readonly rows: readonly (readonly [term: string, about: string])[] }
}

/** A heading of the help, and the commands under it. */
export interface CommandSection {
  readonly title: string
  readonly commands: readonly CommandSpec[]
}

/** The words of a command that only holds others, such as `local`. */
export interface CommandFamily {
  readonly name: string
  readonly about: string
  readonly description: readonly string[]
}
