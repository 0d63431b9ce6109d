import type { OptionName, OptionValues } from './connect-options.ts'
import type { OptionKind } from './option-kinds.ts'

/** What is known of one option. Parsing, validation, defaults and the documentation are all made from this. */
export interface OptionSpec<T = unknown> {
  readonly kind: OptionKind<T>
  /** One sentence for the table in the documentation. */
  readonly about: string
  readonly default?: T
  /** Words for a default that depends on other options, or for what its absence means. */
  readonly defaultNote?: string
  /** Whether it is given in the group `advanced` of an options object. */
  readonly isAdvanced?: true
  /** The environment variable, and the unit of its number where that is not the option's own. */
  readonly env?: { readonly name: string; readonly unit?: 'seconds' }
  /** Where it stands in a URL: in the address itself, or among the parameters under this name. */
  readonly url?: 'address' | { readonly parameter: string }
}

export type OptionTable = { readonly [Name in OptionName]: OptionSpec<OptionValues[Name]> }
