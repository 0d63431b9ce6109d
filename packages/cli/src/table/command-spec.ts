import type { ValueKind } from './value-kinds.ts'

/** What a shell completes a value with, where it is not one of the choices. */
export type Completion = 'file' | 'folder' | 'profile' | 'nothing'

interface ValueSpec {
  /** What help calls the value, in capitals. */
  readonly value: string
  readonly kind: ValueKind<unknown>
  /** Values worth showing and completing. */
  readonly choices?: readonly string[]
  /** @default 'nothing' */
  readonly completes?: Completion
}

export interface ArgumentSpec extends ValueSpec {
  readonly required: boolean
  /** Takes all that is left. */
  readonly variadic?: boolean
  readonly about: string
}

interface OptionFacts {
  /** Without the hyphens. One that begins with `no-` turns something off that is on. */
  readonly flag: string
  readonly short?: string
  readonly about: string
  /** What holds when it is not given, in words. */
  readonly default?: string
  /** The environment variable that gives it as well. */
  readonly env?: string
}

/** An option that is there or not. */
export interface SwitchSpec extends OptionFacts {
  readonly value?: never
}

export interface ValueOptionSpec extends OptionFacts, ValueSpec {}

/** An option that exists to be refused: people try it, and need to hear what to do instead. */
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

/** Everything there is to know of a command but what it does. Parsing, help, man page and completion come from this. */
export interface CommandSpec {
  /** The words after `e6data`. */
  readonly name: string
  /** One line, without a full stop. */
  readonly about: string
  /** Paragraphs that teach. */
  readonly description: readonly string[]
  readonly arguments?: readonly ArgumentSpec[]
  readonly options?: readonly OptionSpec[]
  /** Whether it takes the options that say which cluster is meant. @default false */
  readonly connects?: boolean
  readonly examples: readonly Example[]
  /** Tables that only this command has, such as the commands of the shell. */
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
