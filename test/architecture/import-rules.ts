import { at, type Import, importsOf, isGenerated, isTest, type Source } from './sources.ts'

export type Rule = (sources: readonly Source[]) => string[]

const CONNECTOR = 'packages/connector/src/'
const CLI = 'packages/cli/src/'

/** The layers, lowest first: a folder, or a file next to the entry point, imports only lower layers and itself. */
const CONNECTOR_LAYERS: Layers = [
  ['types', 'gen'],
  ['errors', 'observability'],
  ['time', 'wire-codec'],
  ['transport', 'strategy', 'result'],
  ['cluster'],
  ['session'],
  ['statement'],
  ['connection'],
  ['pool'],
  ['options'],
  ['connect'],
  ['index', 'wire'],
]

const CLI_LAYERS: Layers = [
  ['exits', 'printable', 'environment', 'system', 'text-layout', 'version'],
  ['command-error', 'interruption', 'style'],
  ['table'],
  ['command-table', 'invocation'],
  ['output', 'profile'],
  ['failure', 'local'],
  ['connection', 'guarded-run'],
  ['completion', 'doctor', 'guide', 'shell'],
  ['commands'],
  ['command-modules'],
  ['program'],
  ['main'],
]

type Layers = readonly (readonly string[])[]

/** Modules that only certain files may import, and the reason. */
export const CONFINED: readonly { what: RegExp; to: Readonly<Record<string, string>> }[] = [
  { what: /^@grpc\//, to: {} },
  { what: /^node:(http2|https?|dns\/promises)$/, to: { 'transport/': 'the one place that speaks gRPC' } },
  {
    what: /^node:(net|tls)$/,
    to: { 'transport/': 'the one place that opens sockets', 'options/': 'judges addresses and certificates' },
  },
  { what: /^apache-arrow$/, to: { 'result/arrow.ts': 'an optional peer' } },
  { what: /^hyparquet-writer$/, to: { 'result/parquet-writer.ts': 'an optional peer' } },
  {
    what: /^(node:)?fs(\/promises)?$/,
    to: {
      'strategy/shared-files.ts': 'the files of the shared store',
      'strategy/rename-patiently.ts': 'what Windows needs more than other systems to rename them',
      'strategy/process-start.ts': 'whether the process that wrote them still runs',
      'options/tls-material.ts': 'certificates may be given as paths',
    },
  },
]

export const shippedConnector = (sources: readonly Source[]) =>
  sources.filter((source) => source.path.startsWith(CONNECTOR) && !isTest(source) && !isGenerated(source))

export const layers: Rule = (sources) => [
  ...layersOf(CONNECTOR, CONNECTOR_LAYERS, shippedConnector(sources)),
  ...layersOf(CLI, CLI_LAYERS, shippedCli(sources)),
]

function layersOf(root: string, order: Layers, sources: readonly Source[]): string[] {
  const houseOf = (path: string) => path.slice(root.length).replace(/[/.].*/, '')
  const layerOf = (house: string) => order.findIndex((layer) => layer.includes(house))
  return importsWithin(sources, ({ path }, { target }) => {
    if (target === undefined || !target.startsWith(root)) return undefined
    const [from, to] = [houseOf(path), houseOf(target)]
    if (from === to) return undefined
    const [upper, lower] = [layerOf(from), layerOf(to)]
    if (upper < 0 || lower < 0) return `${upper < 0 ? from : to} has no place among the layers`
    return lower < upper ? undefined : `${from} (layer ${upper}) imports ${to} (layer ${lower})`
  })
}

const shippedCli = (sources: readonly Source[]) =>
  sources.filter((source) => source.path.startsWith(CLI) && !isTest(source))

/**
 * In the connector and the command, imports of types count as well, since files with circular types cannot be
 * understood one at a time.
 */
export const noCycles: Rule = (sources) => {
  const found = [
    ...circles([...shippedConnector(sources), ...shippedCli(sources)], () => true),
    ...circles(sources, ({ isErased }) => !isErased),
  ]
  return [...new Set(found)]
}

function circles(sources: readonly Source[], counts: (it: Import) => boolean): string[] {
  const byPath = new Map(sources.map((source) => [source.path, source]))
  const seen = new Map<string, 'open' | 'done'>()
  const found: string[] = []
  const visit = (source: Source, trail: readonly string[]) => {
    seen.set(source.path, 'open')
    for (const { target, node } of importsOf(source).filter(counts)) {
      const next = target === undefined ? undefined : byPath.get(target)
      if (next === undefined) continue
      const state = seen.get(next.path)
      const here = [...trail, source.path]
      if (state === undefined) visit(next, here)
      else if (state === 'open')
        found.push(
          at(source, node, `closes a circle: ${[...here.slice(here.indexOf(next.path)), next.path].join(' → ')}`),
        )
    }
    seen.set(source.path, 'done')
  }
  for (const source of sources) if (!seen.has(source.path)) visit(source, [])
  return found
}

export const confinedImports: Rule = (sources) =>
  importsWithin(shippedConnector(sources), ({ path }, { specifier }) => {
    const confined = CONFINED.find(({ what }) => what.test(specifier))
    if (confined === undefined) return undefined
    const places = Object.keys(confined.to)
    return places.some((place) => path.startsWith(CONNECTOR + place))
      ? undefined
      : `${specifier} belongs in ${places.join(', ')}`
  })

/** `strategy/` gets its access to a cluster as functions. */
export const strategyKnowsNoTransport: Rule = (sources) =>
  importsWithin(
    shippedConnector(sources).filter(({ path }) => path.startsWith(`${CONNECTOR}strategy/`)),
    (_, { specifier, target }) => {
      const network = /^(node:)?(net|tls|dns|dgram|http|https|http2|inspector|cluster)(\/|$)/.test(specifier)
      const own =
        target !== undefined && /^(types|errors|observability|time|strategy)[/.]/.test(target.slice(CONNECTOR.length))
      return own || (specifier.startsWith('node:') && !network) ? undefined : `strategy/ imports ${specifier}`
    },
  )

const INDEPENDENT_SERVER = 'test/independent-server/'

/** Otherwise it would share the project's understanding of the protocol. */
export const independentServerStandsAlone: Rule = (sources) =>
  importsWithin(
    sources.filter(({ path }) => path.startsWith(INDEPENDENT_SERVER)),
    (_, { specifier, target }) =>
      specifier.startsWith('node:') || target?.startsWith(INDEPENDENT_SERVER)
        ? undefined
        : `the independent server imports ${specifier}`,
  )

/** Packages import each other by their public entry points. */
export const publishedEntryPointsOnly: (entryPoints: readonly string[]) => Rule = (entryPoints) => (sources) =>
  importsWithin(sources, ({ path }, { specifier, target }) => {
    if (/^e6data-/.test(specifier) && !entryPoints.includes(specifier))
      return `${specifier} is no published entry point`
    const home = packageOf(path)
    const leaves = home !== undefined && target !== undefined && packageOf(target) !== home && /\/src\//.test(target)
    if (leaves) return `reaches into the sources of ${packageOf(target)}`
    const ships = path.startsWith(CONNECTOR) && specifier.startsWith('e6data-')
    return ships && !isTest({ path } as Source) ? 'the connector depends on no other package' : undefined
  })

const packageOf = (path: string) => /^(packages\/[^/]+|examples)\//.exec(path)?.[1]

function importsWithin(
  sources: readonly Source[],
  fault: (source: Source, it: Import) => string | undefined,
): string[] {
  return sources.flatMap((source) =>
    importsOf(source).flatMap((it) => {
      const message = fault(source, it)
      return message === undefined ? [] : [at(source, it.node, message)]
    }),
  )
}
