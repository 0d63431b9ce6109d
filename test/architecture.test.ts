import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import * as code from './architecture/code-rules.ts'
import * as imports from './architecture/import-rules.ts'
import { parse, readSources } from './architecture/sources.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

const entryPoints = readdirSync(`${root}/packages`).flatMap((folder) => {
  const { name, exports } = JSON.parse(readFileSync(`${root}/packages/${folder}/package.json`, 'utf8'))
  return Object.keys(exports).map((entry) => name + entry.slice(1))
})

const connector = (path: string) => `packages/connector/src/${path}`

/** A rule, and for each way to break it a file (its path and content) with the line of the violation. */
const RULES: Record<string, { rule: imports.Rule; broken: readonly [path: string, text: string, line: number][] }> = {
  'a folder imports only folders below it': {
    rule: imports.layers,
    broken: [
      [connector('session/a.ts'), `import { b } from '../statement/b.ts'`, 1],
      [connector('strategy/a.ts'), `\nexport type { B } from '../transport/b.ts'`, 2],
      [connector('errors.ts'), `type A = import('./observability/events.ts').A`, 1],
      [connector('result/a.ts'), `await import('../connect.ts')`, 1],
      [connector('somewhere/a.ts'), `import '../errors.ts'`, 1],
      ['packages/cli/src/table/a.ts', `import { b } from '../shell/b.ts'`, 1],
      ['packages/cli/src/output/a.ts', `import type { B } from '../connection/b.ts'`, 1],
    ],
  },
  'no file imports itself by a detour': {
    rule: imports.noCycles,
    broken: [
      [connector('result/a.ts'), `import type { A } from './a.ts'`, 1],
      ['packages/cli/src/a.ts', `export { a } from './a.ts'`, 1],
      ['packages/cli/src/b.ts', `import type { B } from './b.ts'`, 1],
    ],
  },
  'grpc, arrow and the file system each have their place': {
    rule: imports.confinedImports,
    broken: [
      [connector('session/a.ts'), `import { status } from '@grpc/grpc-js'`, 1],
      [connector('statement/a.ts'), `import type { Table } from 'apache-arrow'`, 1],
      [connector('strategy/strategy-manager.ts'), `const { readFile } = await import('node:fs/promises')`, 1],
    ],
  },
  'strategy/ knows no transport': {
    rule: imports.strategyKnowsNoTransport,
    broken: [
      [connector('strategy/a.ts'), `import { connect } from 'node:http2'`, 1],
      [connector('strategy/a.ts'), `import type { A } from '../gen/a_pb.ts'`, 1],
      [connector('strategy/a.ts'), `import { create } from '@bufbuild/protobuf'`, 1],
    ],
  },
  'the independent server imports nothing of the project, nor of anybody else': {
    rule: imports.independentServerStandsAlone,
    broken: [
      ['test/independent-server/a.ts', `import { connect } from 'e6data-connector'`, 1],
      ['test/independent-server/a.ts', `import type { A } from '../scenarios/scenario.ts'`, 1],
      ['test/independent-server/a.ts', `import { create } from '@bufbuild/protobuf'`, 1],
    ],
  },
  'packages import each other by published entry points only': {
    rule: imports.publishedEntryPointsOnly(entryPoints),
    broken: [
      ['packages/cli/src/a.ts', `import { a } from 'e6data-connector/src/errors.ts'`, 1],
      ['packages/local-cluster/src/a.ts', `import { a } from '../../connector/src/errors.ts'`, 1],
      ['examples/a.ts', `import { a } from '../packages/connector/src/errors.ts'`, 1],
      [connector('connect.ts'), `import { startCluster } from 'e6data-local-cluster'`, 1],
    ],
  },
  'what 456 and 503 mean is known to one table and the router': {
    rule: code.statusNumbersInOnePlace,
    broken: [
      [connector('session/a.ts'), 'const a = b === 456', 1],
      [connector('session/a.ts'), 'const a = /status 503/', 1],
      ['packages/local-cluster/src/engine/a.ts', 'const a = `Status: 456, ` + b', 1],
    ],
  },
  'only the strategy manager writes to a store': {
    rule: code.onlyTheManagerWritesToAStore,
    broken: [
      [connector('session/a.ts'), 'this.#parts.store.update(clear)', 1],
      [connector('strategy/strategy-detection.ts'), 'store.pins.delete(id)', 1],
    ],
  },
  'the environment and the process are known to one file each': {
    rule: code.processWideInOnePlace,
    broken: [
      [connector('pool/a.ts'), 'const a = process.env.A', 1],
      [connector('pool/a.ts'), `import { env } from 'node:process'`, 1],
      [connector('pool/a.ts'), 'const { env } = process', 1],
      [connector('pool/a.ts'), 'globalThis.a = 1', 1],
    ],
  },
  'no module of the connector keeps a state': {
    rule: code.noModuleState,
    broken: [
      [connector('pool/a.ts'), 'let a = 1', 1],
      [connector('pool/a.ts'), 'export const a = new Map()', 1],
      [connector('pool/a.ts'), 'const a = [1]', 1],
      [connector('pool/a.ts'), 'const a: Record<string, number> = {}', 1],
      [connector('pool/a.ts'), 'class A {\n  static #a = 1\n}', 2],
    ],
  },
  'no error is caught and forgotten': {
    rule: code.noEmptyCatch,
    broken: [
      ['packages/cli/src/a.ts', 'try {\n  a()\n} catch {\n  // never mind\n}', 3],
      ['packages/cli/src/a.ts', 'a().catch(() => {})', 1],
    ],
  },
  'exports have names': {
    rule: code.noDefaultExports,
    broken: [
      ['packages/cli/src/a.ts', 'export default class A {}', 1],
      ['packages/cli/src/a.ts', 'export default 1', 1],
    ],
  },
  'files are named after what is inside': {
    rule: code.tellingNames,
    broken: [
      ['packages/cli/src/utils/a.ts', '', 1],
      ['packages/cli/src/string-helpers.ts', '', 1],
      [connector('result/types.ts'), '', 1],
      [connector('result/index.ts'), '', 1],
    ],
  },
  'no file is longer than 400 lines': {
    rule: code.shortFiles,
    broken: [['packages/cli/src/a.ts', 'a()\n'.repeat(401), 400]],
  },
}

const sources = readSources(root, ['packages', 'test', 'scripts', 'bench', 'examples'])

describe.each(Object.entries(RULES))('%s', (_, { rule, broken }) => {
  it('holds in every file', () => {
    expect(rule(sources)).toEqual([])
  })

  it.each(broken)('would be noticed in %s: %j', (path, text, line) => {
    expect(rule([parse(path, text)])).toEqual([expect.stringMatching(new RegExp(`^${path}:${line}: .`))])
  })
})
