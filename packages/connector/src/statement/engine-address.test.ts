import { afterEach, describe, expect, it } from 'vitest'
import { failureOf, localTest } from '../../test/local.ts'
import { composeConnection, systemEnvironment } from '../connect.ts'
import type { Connection } from '../connection.ts'
import { DecodeError } from '../errors.ts'
import { resolveOptions } from '../options/resolve-options.ts'
import type { CallEnvelope, Transport } from '../transport/transport.ts'
import type { UnaryMethod } from '../wire-codec/unary-method.ts'

/** The transport of a server that replaces its engines' addresses with `engineIP`. */
class RenamingTransport implements Transport {
  constructor(
    private readonly inner: Transport,
    private readonly engineIP: string,
  ) {}

  async call<Request extends object, Response extends object>(
    method: UnaryMethod<Request, Response>,
    request: Request,
    envelope: CallEnvelope,
  ): Promise<Response> {
    const answer = await this.inner.call(method, request, envelope)
    return 'engineIP' in answer ? Object.assign(answer, { engineIP: this.engineIP }) : answer
  }

  get usable(): boolean {
    return this.inner.usable
  }

  close(): void {
    this.inner.close()
  }
}

describe('an engine with an address that is not a valid header value', () => {
  const local = localTest()
  const connections: Connection[] = []
  afterEach(async () => {
    for (const connection of connections.splice(0)) await connection.close()
  })

  async function connectionTo(engineIP: string): Promise<Connection> {
    const environment = systemEnvironment()
    const connection = composeConnection(resolveOptions({ url: local.cluster.url, strategyStore: 'process' }), {
      ...environment,
      openTransport: (options) => new RenamingTransport(environment.openTransport(options), engineIP),
    })
    connections.push(connection)
    await connection.open()
    return connection
  }

  for (const [what, engineIP] of Object.entries({
    'a line break': '10.0.0.1\r\nstrategy: green',
    'a NUL': '10.0.0.1\0',
    'a letter beyond ASCII': 'köln',
  })) {
    it(`is a typed error: ${what}`, async () => {
      const connection = await connectionTo(engineIP)
      const error = await failureOf(connection.query('SELECT 1'))
      expect(error).toBeInstanceOf(DecodeError)
      expect(error).toMatchObject({ code: 'E6_DECODE', queryId: expect.any(String), strategy: 'blue' })
      expect((error as Error).message).not.toContain(engineIP)
      expect(connection.strategy.getSharedStrategy().queryStrategyMap).toEqual({})
      expect(connection.queryStatistics().inFlight).toEqual({ blue: 0, green: 0 })
    })
  }

  it('is a typed error for calls about the query by its id', async () => {
    const connection = await connectionTo('engine')
    connection.strategy.registerQueryStrategy('theirs', 'blue', 'bad\naddress')
    expect(await failureOf(connection.cursor().cancel('theirs'))).toBeInstanceOf(DecodeError)
    expect(await failureOf(connection.cursor().status('theirs'))).toBeInstanceOf(DecodeError)
  })
})
