import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import ts from 'typescript'

/** A file of the repository: its path from the root, and its syntax tree. */
export interface Source {
  readonly path: string
  readonly tree: ts.SourceFile
}

export interface Import {
  readonly specifier: string
  /** The imported file, for a relative import. */
  readonly target: string | undefined
  readonly names: readonly string[]
  /** Whether it is erased when the program runs. */
  readonly isErased: boolean
  readonly node: ts.Node
}

const NOT_OURS = /(^|\/)(node_modules|dist|\.[^/]+|vendor)$/

export function readSources(root: string, folders: readonly string[]): Source[] {
  return folders
    .filter((folder) => existsSync(`${root}/${folder}`))
    .flatMap((folder) => filesBelow(root, folder))
    .map((path) => parse(path, readFileSync(`${root}/${path}`, 'utf8')))
}

export function parse(path: string, text: string): Source {
  return { path, tree: ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true) }
}

export function filesBelow(root: string, folder: string): string[] {
  return readdirSync(`${root}/${folder}`, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (NOT_OURS.test(path)) return []
    return entry.isDirectory() ? filesBelow(root, path) : /\.(m?[jt]s|html|css)$/.test(path) ? [path] : []
  })
}

/** Tests and their helpers, to which the rules do not apply. */
export function isTest({ path }: Source): boolean {
  return /\.test(-d)?\.ts$|(^|\/)(test|testing)\/|\/test-[^/]+\.ts$/.test(path)
}

export const isGenerated = ({ path }: Source): boolean => path.includes('/gen/')

export function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node
  for (const child of childrenOf(node)) yield* nodesOf(child)
}

function childrenOf(node: ts.Node): ts.Node[] {
  const children: ts.Node[] = []
  node.forEachChild((child) => {
    children.push(child)
  })
  return children
}

/** All forms of imports: import, export from, `import()`, `require()` and `import('…').Type`. */
export function importsOf(source: Source): Import[] {
  return [...nodesOf(source.tree)].flatMap((node) => {
    const from = specifierOf(node)
    if (from === undefined) return []
    const target = from.startsWith('.') ? posix.join(posix.dirname(source.path), from) : undefined
    return [{ specifier: from, target, names: namesOf(node), isErased: isErased(node), node }]
  })
}

function specifierOf(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return textOf(node.moduleSpecifier)
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? textOf(node.argument.literal) : undefined
  if (!ts.isCallExpression(node)) return undefined
  const { expression } = node
  const loads = expression.kind === ts.SyntaxKind.ImportKeyword || expression.getText() === 'require'
  return loads ? textOf(node.arguments[0]) : undefined
}

function isErased(node: ts.Node): boolean {
  if (ts.isImportDeclaration(node)) return node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
  return ts.isImportTypeNode(node) || (ts.isExportDeclaration(node) && node.isTypeOnly)
}

function namesOf(node: ts.Node): string[] {
  if (!ts.isImportDeclaration(node)) return []
  const bindings = node.importClause?.namedBindings
  if (bindings === undefined || !ts.isNamedImports(bindings)) return []
  return bindings.elements.map((element) => (element.propertyName ?? element.name).text)
}

const textOf = (node: ts.Node | undefined) => (node && ts.isStringLiteralLike(node) ? node.text : undefined)

/** Formats as `path:line: message`, which editors link. */
export function at(source: Source, node: ts.Node, message: string): string {
  const { line } = source.tree.getLineAndCharacterOfPosition(node.getStart(source.tree))
  return `${source.path}:${line + 1}: ${message}`
}
