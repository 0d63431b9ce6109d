/**
 * Runs every program in `examples/`, or those named, against a local cluster of its own: `npm run examples -- csv`. An
 * example is right when it ends with status 0; it finds the cluster in the environment, as `connect()` does.
 */
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { startCluster } from 'e6data-local-cluster'
import { program, runProgram, tell } from './run-program.ts'

const MOST_MS = 60_000

const folder = fileURLToPath(new URL('../examples', import.meta.url))
const wanted = process.argv.slice(2)
const examples = (existsSync(folder) ? readdirSync(folder) : [])
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) => file.slice(0, -'.ts'.length))
  .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))

await using cluster = await startCluster({ rows: 100_000, adminPort: false })
const env = {
  E6DATA_HOST: cluster.host,
  E6DATA_PORT: String(cluster.port),
  E6DATA_USERNAME: cluster.username,
  E6DATA_PASSWORD: cluster.password,
  E6DATA_CATALOG: cluster.catalog,
  E6DATA_DATABASE: cluster.database,
  E6DATA_CLUSTER_NAME: cluster.clusterName,
  E6DATA_SECURE: 'false',
}

let failed = 0
const width = Math.max(0, ...examples.map((name) => name.length))
for (const name of examples) {
  const outcome = await runProgram(program(`examples/${name}.ts`), { env, timeoutMs: MOST_MS })
  tell(name, width, outcome)
  if (!outcome.passed) failed += 1
}
console.log(`${examples.length - failed} of ${examples.length} examples ran`)
process.exitCode = failed === 0 && (examples.length > 0 || wanted.length === 0) ? 0 : 1
