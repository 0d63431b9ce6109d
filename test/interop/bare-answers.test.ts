import { type LocalCluster, startCluster } from 'e6data-local-cluster'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engineAddresses } from '../proxies/moves.ts'
import type { ProxyKind, RunningProxy } from '../proxies/proxy.ts'
import { missingPrograms, PROXY_KINDS } from '../proxies/proxy-kinds.ts'
import { UnaryClient } from './unary-client.ts'

const HEALTH_CHECK = '/QueryEngineService/healthCheck'

for (const kind of PROXY_KINDS) {
  const missing = missingPrograms(kind)
  if (missing.length === 0) describe(`a call through ${kind.name}`, () => cases(kind))
  else console.warn(`${kind.name} is not tried: ${missing.join(' and ')} not installed`)
}

function cases(kind: ProxyKind): void {
  let cluster: LocalCluster
  let proxy: RunningProxy
  let client: UnaryClient

  beforeAll(async () => {
    cluster = await startCluster({ mode: 'in-process', rows: 1, adminPort: false })
    proxy = await kind.start(engineAddresses(cluster), { blue: 'all', green: 'nothing' })
    client = new UnaryClient(proxy.port)
  })

  afterAll(async () => {
    client.close()
    await proxy.close()
    await cluster.close()
  })

  const call = (path: string, strategy: string) => client.call({ path, header: [['strategy', strategy]] })

  it('that is served returns what the engine answered, message or status', async () => {
    expect(await call(HEALTH_CHECK, 'blue')).toMatchObject({ kind: 'message' })
    expect(await call('/QueryEngineService/unknown', 'blue')).toMatchObject({ kind: 'status', code: 12 })
  })

  it('for a deployment that is not served is the bare word of the proxy', async () => {
    expect(await call(HEALTH_CHECK, 'green')).toEqual({ kind: 'other', answer: { kind: 'bare', httpStatus: 456 } })
    expect(await call(HEALTH_CHECK, 'blue')).toMatchObject({ kind: 'message' })
  })

  it('for an engine that is gone is the bare word of the proxy, and not the status of an engine', async () => {
    await cluster.kill('blue')
    const { answer } = (await call(HEALTH_CHECK, 'blue')) as { answer: { kind: string; httpStatus: number } }
    expect(answer.kind).toBe('bare')
    expect([502, 503]).toContain(answer.httpStatus)
  })
}
