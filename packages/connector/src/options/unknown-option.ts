/** Names that other drivers use for options of this connector. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ['timeout', 'timeoutMs'],
  ['querytimeout', 'timeoutMs'],
  ['parameters', 'params'],
  ['values', 'params'],
  ['bindings', 'params'],
  ['args', 'params'],
  ['user', 'username'],
  ['token', 'password'],
  ['schema', 'database'],
  ['ssl', 'secure'],
  ['abortsignal', 'signal'],
  ['rowmode', 'rowShape'],
  ['fetchsize', 'arraySize'],
])

/** The place of an unknown option. */
export interface UnknownOptionPlace {
  /** The owner of the options: `of a query`. */
  readonly of?: string
  /** The statement, which may have a placeholder with that name. */
  readonly sql?: unknown
  /** Whether `connect()` has an option with that name. */
  readonly isOfConnection?: boolean
}

/**
 * Returns the fault of an unknown option, with the probable intended name. A name that resembles no option is not
 * shown: it may be a misplaced secret.
 */
export function unknownOption(
  name: string,
  known: readonly string[],
  { of, sql, isOfConnection = false }: UnknownOptionPlace = {},
): string {
  const kind = `an option${of === undefined ? '' : ` ${of}`}`
  const fault = `${JSON.stringify(name)} is not ${kind}`
  if (typeof sql === 'string' && (sql.includes(`:${name}`) || sql.includes(`%(${name})s`)))
    return `${fault}: pass parameters as \`params\`, as in query(sql, { params: { ${name}: … } })`
  if (isOfConnection) return `${fault}: pass it to connect() or createPool()`
  const meant = meantBy(name, known)
  if (meant !== undefined) return `${fault}: did you mean \`${meant}\`?`
  return `a name of ${name.length} characters is not ${kind} (it resembles none and may be a secret, so it is not shown)`
}

function meantBy(name: string, known: readonly string[]): string | undefined {
  const plain = plainOf(name)
  const other = OTHER_NAMES.get(plain)
  if (other !== undefined && known.includes(other)) return other
  const near = known
    .map((candidate) => ({ candidate, distance: distanceOf(plain, plainOf(candidate)) }))
    .filter(({ candidate, distance }) => distance <= Math.min(2, candidate.length / 2))
  return near.sort((one, another) => one.distance - another.distance)[0]?.candidate
}

/** The last part of a name, normalized for comparison. */
function plainOf(name: string): string {
  return name
    .slice(name.lastIndexOf('.') + 1)
    .toLowerCase()
    .replaceAll(/[-_]/g, '')
}

/** The edit distance of two names (Levenshtein). */
function distanceOf(one: string, another: string): number {
  let previous = Array.from({ length: another.length + 1 }, (_, index) => index)
  for (let row = 1; row <= one.length; row++) {
    const current = [row]
    for (let column = 1; column <= another.length; column++) {
      const change = previous[column - 1]! + (one[row - 1] === another[column - 1] ? 0 : 1)
      current.push(Math.min(previous[column]! + 1, current[column - 1]! + 1, change))
    }
    previous = current
  }
  return previous[another.length]!
}
