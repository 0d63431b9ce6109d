/** A deliberate defect: one piece of the source replaced, so that one rule no longer holds. */
export interface Mutation {
  /** What the defect does, as a reader would find it in a review. */
  readonly name: string
  /** The rule of `docs/zero-downtime.md` that it breaks; `store` for a promise of the shared store. */
  readonly rule: Rule
  /** Relative to the root of the repository. */
  readonly file: string
  /** Occurs in the file exactly once. */
  readonly find: string
  readonly replace: string
  /** The test files that must notice it, relative to the root. */
  readonly tests: readonly string[]
  /** A pattern for the names of the tests that must notice it. @default all tests in the files */
  readonly named?: string
}

export const RULES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 19, 21, 23, 24] as const
export type Rule = (typeof RULES)[number] | 'store'

/** The environment variable that names the one mutation to build the tests with. */
export const MUTATION_VARIABLE = 'E6DATA_MUTATION'

/**
 * The source with the defect in it.
 * @throws when the piece to replace does not occur in the source exactly once, since the source has changed
 */
export function mutate(source: string, { name, file, find, replace }: Mutation): string {
  const count = source.split(find).length - 1
  if (count !== 1) throw new Error(`mutation '${name}': its piece occurs ${count} times in ${file}, not once`)
  return source.replace(find, () => replace)
}
