/** What the compatibility page says of one name of the Python connector. */
export interface FunctionRow {
  /** `Connection.get_tables`, `Connection(ssl_cert)`, `OperationalError`. */
  python: string
  /** The code in the second cell, as it stands there; none where there is no counterpart. */
  typescript: string[]
}

/** A name of this connector that the page uses, and where it must exist. */
export type NamedPart =
  | { kind: 'member'; owner: string; name: string }
  | { kind: 'export'; name: string }
  | { kind: 'option'; name: string }

const CODE = /`([^`]+)`/g

/** Reads the tables of the page: every row whose first two cells are Python's and ours. */
export function readFunctionTable(markdown: string): FunctionRow[] {
  return markdown
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => {
      const [python = '', typescript = ''] = line.split(/(?<!\\)\|/).slice(1)
      const [name] = codes(python)
      return { python: pythonName(name ?? ''), typescript: codes(typescript) }
    })
}

/**
 * The names in a piece of code: a member of one of `owners`, an option of one of our functions, or something exported.
 */
export function namedParts(code: string, owners: ReadonlySet<string>): NamedPart[] {
  const parts: NamedPart[] = []
  for (const [, owner, name] of code.matchAll(/\b([a-z]\w*)\.(\w+)/g)) {
    if (owners.has(owner!)) parts.push({ kind: 'member', owner: owner!, name: name! })
  }
  const bare = /^(?:await |new )*(\w+)(?:\(|$)/.exec(code)?.[1]
  const isOption = /^[a-z]\w*$/.test(code) || /^tls\.\w+$/.test(code)
  if (isOption) parts.push({ kind: 'option', name: code })
  else if (bare !== undefined && !owners.has(bare)) parts.push({ kind: 'export', name: bare })
  return parts
}

function codes(cell: string): string[] {
  return [...cell.matchAll(CODE)].map(([, code]) => code!)
}

/** Without its parameters; an option keeps its parentheses, which is what tells it from a function. */
function pythonName(code: string): string {
  return /^\w+\(\w+\)$/.test(code) ? code : code.replace(/\(.*$/, '')
}
