import ts from 'typescript'
import { type Rule, shippedConnector } from './import-rules.ts'
import { at, importsOf, isGenerated, isTest, nodesOf, type Source } from './sources.ts'

const MOST_LINES = 400
const FORBIDDEN_NAME = /(^|[-.])(utils?|helpers?|common|constants?|misc)([-.]|$)|^types\.ts$/i

/** One table on each side of the wire defines the meaning of HTTP statuses. */
const STATUS_PLACES = /^packages\/(connector\/src\/transport\/status-rules\.ts|local-cluster\/src\/router\/)/
const STATUS_NUMBER = /(?<![\w.])(456|503)(?![\w.])/

/** Implementations of a store may keep state. */
const STORE_FILES = /^packages\/connector\/src\/strategy\/(strategy-manager|memory-store|shared-[^/]+|lease-[^/]+)\.ts$/

export const statusNumbersInOnePlace: Rule = (sources) =>
  faults(
    shipped(sources).filter(({ path }) => !STATUS_PLACES.test(path)),
    (node) => {
      const isCode = ts.isNumericLiteral(node) || (isText(node) && !isSpokenByTheCommand(node))
      const number = isCode ? STATUS_NUMBER.exec(node.getText())?.[0] : undefined
      return number && `the number ${number} belongs in the table of statuses`
    },
  )

const isText = (node: ts.Node) =>
  ts.isStringLiteralLike(node) ||
  ts.isRegularExpressionLiteral(node) ||
  ts.isTemplateHead(node) ||
  ts.isTemplateMiddleOrTemplateTail(node)

/** The help of the command explains the numbers. */
const isSpokenByTheCommand = (node: ts.Node) => node.getSourceFile().fileName.startsWith('packages/cli/')

export const onlyTheManagerWritesToAStore: Rule = (sources) =>
  faults(
    shippedConnector(sources).filter(({ path }) => !STORE_FILES.test(path)),
    (node) => {
      if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined
      const { name, expression } = node.expression
      const receiver = ts.isPropertyAccessExpression(expression) ? expression.name.text : expression.getText()
      const writes =
        (/store$/i.test(receiver) && name.text === 'update') ||
        (/pins$/i.test(receiver) && /^(set|delete)$/.test(name.text))
      return writes ? `writes to a store: ${receiver}.${name.text}` : undefined
    },
  )

/** The environment is read for options, and for HTTP proxies whenever a connection is opened. */
const ENVIRONMENT_PLACES = /\/(options\/from-env|transport\/proxy-environment)\.ts$/

/** The files that may read the environment, and the one with the state that ESM and CommonJS copies share. */
export const processWideInOnePlace: Rule = (sources) => {
  const connector = shippedConnector(sources)
  const env = connector.filter(({ path }) => !ENVIRONMENT_PLACES.test(path))
  const shared = connector.filter(({ path }) => !path.endsWith('/src/connect.ts'))
  return [
    ...faults(env, (node) => (readsEnvironment(node) ? 'the environment is read in options/from-env.ts' : undefined)),
    ...env.flatMap((source) =>
      importsOf(source)
        .filter(({ specifier, names }) => /^(node:)?process$/.test(specifier) && names.includes('env'))
        .map(({ node }) => at(source, node, 'the environment is read in options/from-env.ts')),
    ),
    ...faults(shared, (node) =>
      ts.isIdentifier(node) && /^(globalThis|global)$/.test(node.text)
        ? `${node.text} belongs in connect.ts`
        : undefined,
    ),
  ]
}

function readsEnvironment(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return node.getText() === 'process.env'
  if (ts.isElementAccessExpression(node)) return /^process\[.env.\]$/.test(node.getText())
  return (
    ts.isVariableDeclaration(node) && node.initializer?.getText() === 'process' && /\benv\b/.test(node.name.getText())
  )
}

/** The module-level state of the connector is constant. */
export const noModuleState: Rule = (sources) =>
  shippedConnector(sources).flatMap((source) =>
    source.tree.statements.flatMap((statement) => {
      if (ts.isClassDeclaration(statement))
        return statement.members
          .filter(isMutableStatic)
          .map((member) => at(source, member, 'a static field that can change'))
      if (!ts.isVariableStatement(statement)) return []
      const list = statement.declarationList
      if (!(list.flags & ts.NodeFlags.Const)) return [at(source, statement, 'a variable of a module')]
      return list.declarations
        .filter(isMutable)
        .map((it) => at(source, it, `${it.name.getText()} can change; say readonly`))
    }),
  )

function isMutableStatic(member: ts.ClassElement): boolean {
  if (!ts.isPropertyDeclaration(member)) return false
  const kinds = member.modifiers?.map(({ kind }) => kind) ?? []
  return kinds.includes(ts.SyntaxKind.StaticKeyword) && !kinds.includes(ts.SyntaxKind.ReadonlyKeyword)
}

function isMutable({ type, initializer }: ts.VariableDeclaration): boolean {
  if (initializer === undefined || /^(readonly|Readonly)/.test(type?.getText() ?? '')) return false
  if (ts.isNewExpression(initializer)) return /^(Weak)?(Map|Set)$|^Array$/.test(initializer.expression.getText())
  return (
    ts.isArrayLiteralExpression(initializer) ||
    (ts.isObjectLiteralExpression(initializer) && initializer.properties.length === 0)
  )
}

export const noEmptyCatch: Rule = (sources) =>
  faults(shipped(sources), (node) => {
    if (ts.isCatchClause(node))
      return node.block.statements.length === 0 ? 'an error is caught and forgotten' : undefined
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined
    const [handler] = node.arguments
    const forgets =
      node.expression.name.text === 'catch' &&
      handler !== undefined &&
      ts.isArrowFunction(handler) &&
      ts.isBlock(handler.body) &&
      handler.body.statements.length === 0
    return forgets ? 'a rejection is caught and forgotten' : undefined
  })

export const noDefaultExports: Rule = (sources) =>
  faults(
    sources.filter(({ path }) => !path.endsWith('.config.ts')),
    (node) => {
      const isDefault =
        ts.canHaveModifiers(node) && node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)
      return isDefault || (ts.isExportAssignment(node) && !node.isExportEquals) ? 'a default export' : undefined
    },
  )

export const tellingNames: Rule = (sources) =>
  sources.flatMap(({ path }) => {
    const parts = path.split('/')
    const bad = parts.find((part) => FORBIDDEN_NAME.test(part))
    if (bad) return [`${path}:1: ${bad} says nothing of what is inside`]
    const inner = parts.at(-1) === 'index.ts' && !/^packages\/[^/]+\/src\/index\.ts$/.test(path)
    return inner ? [`${path}:1: an index inside a folder hides where things are`] : []
  })

export const shortFiles: Rule = (sources) =>
  sources
    .filter((source) => !isGenerated(source))
    .map(({ path, tree }) => ({ path, lines: tree.text.replace(/\n$/, '').split('\n').length }))
    .filter(({ lines }) => lines > MOST_LINES)
    .map(({ path, lines }) => `${path}:${MOST_LINES}: ${lines} lines, ${lines - MOST_LINES} too many`)

const shipped = (sources: readonly Source[]) =>
  sources.filter(
    (source) => /^packages\/[^/]+\/src\/.*\.ts$/.test(source.path) && !isTest(source) && !isGenerated(source),
  )

function faults(sources: readonly Source[], fault: (node: ts.Node) => string | undefined): string[] {
  return sources.flatMap((source) =>
    [...nodesOf(source.tree)].flatMap((node) => {
      const message = fault(node)
      return message === undefined ? [] : [at(source, node, message)]
    }),
  )
}
