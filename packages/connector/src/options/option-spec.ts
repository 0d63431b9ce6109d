import type { OptionName, OptionValues } from './connect-options.ts'
import type { OptionKind } from './option-kinds.ts'

/** The specification of one option, from which parsing, validation, defaults and documentation are derived. */
export interface OptionSpec<T = unknown> {
  readonly kind: OptionKind<T>
  /** One sentence for the table in the documentation. */
  readonly about: string
  readonly default?: T
  /** The description of a default that depends on other options, or of the effect of omitting the option. */
  readonly defaultNote?: string
  /** Whether the option belongs to the group `advanced`. */
  readonly isAdvanced?: true
  /** The environment variable, and the unit of its number if it differs from the option's. */
  readonly env?: { readonly name: string; readonly unit?: 'seconds' }
  /** The place in a URL: in the address itself, or a parameter with this name. */
  readonly url?: 'address' | { readonly parameter: string }
}

export type OptionTable = { readonly [Name in OptionName]: OptionSpec<OptionValues[Name]> }
