import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { composeConnection, type Environment, systemEnvironment } from '../src/connect.ts'
import { type ResolvedOptions, resolveOptions } from '../src/options/resolve-options.ts'
import { SharedDirectory } from '../src/session/shared-cluster.ts'
import { localTest } from './local.ts'
import { HostFolder } from './shared-host/host-folder.ts'

const local = localTest()

/** The state that a separate process would have. */
function ownProcess(): Environment {
  return { ...systemEnvironment(), managers: new SharedDirectory(), clusters: new SharedDirectory() }
}

function optionsOn({ directory }: HostFolder): ResolvedOptions {
  return resolveOptions({ url: local.cluster.url, strategyStoreDirectory: directory })
}

/** Checks the condition at each turn of the event loop. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

it('closing the last connection leaves nothing on the host, without a delayed write', async () => {
  using host = new HostFolder()
  const environment = ownProcess()
  const options = optionsOn(host)
  const [one, two] = [composeConnection(options, environment), composeConnection(options, environment)]
  await two.open()
  await using cursor = one.cursor({ maxBufferedBytes: 1 })
  await cursor.execute('SELECT order_id FROM orders')
  const leases = join(host.clusterFolder, 'leases')
  await until(() => readdirSync(leases).length > 0)
  await two.close()
  expect(readdirSync(leases)).toHaveLength(1)
  await one.close()
  expect(readdirSync(leases)).toEqual([])
})

it('a query that is released late is dropped then, even after the last connection has closed', async () => {
  using host = new HostFolder()
  const connection = composeConnection(optionsOn(host), ownProcess())
  await using cursor = connection.cursor({ maxBufferedBytes: 1 })
  await cursor.execute('SELECT order_id FROM orders')
  const leases = join(host.clusterFolder, 'leases')
  await until(() => readdirSync(leases).length > 0)
  const stuck = local.cluster.inject({ method: 'cancelQuery', occurrence: 'every', fault: { kind: 'hold' } })
  await connection.close({ timeoutMs: 50 })
  await until(() => readdirSync(leases).length === 0)
  stuck.remove()
})
