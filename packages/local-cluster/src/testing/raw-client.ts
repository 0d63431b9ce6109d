import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf'
import {
  type ChannelCredentials,
  type ChannelOptions,
  Client,
  credentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js'
import {
  cluster as clusterMessages,
  decodeChunk,
  decodeResultMetadata,
  type Field,
  queryEngine,
} from 'e6data-connector/wire'

const ENGINE_METHODS = queryEngine.QueryEngineService.method
const CLUSTER_METHODS = clusterMessages.ClusterService.method

type EngineMethods = typeof ENGINE_METHODS
type ClusterMethods = typeof CLUSTER_METHODS

/** The address and the user of a client. */
export interface RawTarget {
  host: string
  port: number
  username: string
  password: string
}

/** Request headers of {@link RawClient.call}. */
export type RawHeaders = Readonly<Record<string, string>>

const DEADLINE_MS = 20_000

/** A plain gRPC client for tests of the cluster itself. */
export class RawClient implements Disposable {
  readonly #client: Client

  constructor(
    private readonly target: RawTarget,
    channelCredentials: ChannelCredentials = credentials.createInsecure(),
    channelOptions: ChannelOptions = {},
  ) {
    this.#client = new Client(`${target.host}:${target.port}`, channelCredentials, {
      'grpc.max_receive_message_length': -1,
      'grpc-node.flow_control_window': 8 * 1024 * 1024,
      'grpc.use_local_subchannel_pool': 1,
      ...channelOptions,
    })
  }

  call<Name extends keyof EngineMethods>(
    name: Name,
    request: MessageInitShape<EngineMethods[Name]['input']>,
    headers: RawHeaders = {},
  ): Promise<MessageShape<EngineMethods[Name]['output']>> {
    return this.#unary('QueryEngineService', ENGINE_METHODS[name], request, headers) as never
  }

  clusterCall<Name extends keyof ClusterMethods>(
    name: Name,
    headers: RawHeaders = {},
  ): Promise<MessageShape<ClusterMethods[Name]['output']>> {
    const request = { user: this.target.username, password: this.target.password }
    return this.#unary('ClusterService', CLUSTER_METHODS[name], request as never, headers) as never
  }

  async login(headers: RawHeaders = {}): Promise<string> {
    const { username, password } = this.target
    return (await this.call('authenticate', { user: username, password }, headers)).sessionId
  }

  /** Prepares a statement. */
  async prepare(sql: string, sessionId: string, headers: RawHeaders = {}): Promise<RawQuery> {
    const { engineIP, queryId } = await this.call(
      'prepareStatement',
      { sessionId, schema: '', queryString: sql },
      headers,
    )
    return this.attach({ engineIP, sessionId, queryId }, { ...headers, plannerip: engineIP })
  }

  /** Returns an existing query. */
  attach(ids: AboutQuery, headers: RawHeaders): RawQuery {
    return new RawQuery(this, ids, headers)
  }

  /** Prepares and executes a statement. */
  async begin(sql: string, { sessionId, strategy }: { sessionId?: string; strategy?: string } = {}): Promise<RawQuery> {
    const headers: RawHeaders = strategy === undefined ? {} : { strategy }
    const query = await this.prepare(sql, sessionId ?? (await this.login(headers)), headers)
    await query.call('executeStatement')
    return query
  }

  /** Runs a statement to its end and returns all rows. */
  async query(
    sql: string,
    options: { sessionId?: string; strategy?: string } = {},
  ): Promise<Record<string, unknown>[]> {
    const query = await this.begin(sql, options)
    const rows = await query.rows()
    await query.call('clear')
    return rows
  }

  close(): void {
    this.#client.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #unary(
    service: string,
    method: DescMethodUnary<DescMessage, DescMessage>,
    request: MessageInitShape<DescMessage>,
    headers: RawHeaders,
  ): Promise<MessageShape<DescMessage>> {
    const metadata = new Metadata()
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value)
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        `/${service}/${method.name}`,
        (message: MessageShape<DescMessage>) => Buffer.from(toBinary(method.input, message)),
        (bytes: Buffer) => fromBinary(method.output, bytes),
        create(method.input, request),
        metadata,
        { deadline: Date.now() + DEADLINE_MS },
        (error: ServiceError | null, reply?: MessageShape<DescMessage>) => (error ? reject(error) : resolve(reply!)),
      )
    })
  }
}

type AboutQuery = { engineIP: string; sessionId: string; queryId: string }

type QueryMethod =
  | 'executeStatement'
  | 'getResultMetadata'
  | 'getNextResultBatch'
  | 'getNextResultBatchV2'
  | 'status'
  | 'clear'
  | 'cancelQuery'
  | 'explain'
  | 'explainAnalyze'
  | 'getDynamicParams'

/** An executed statement. */
export class RawQuery {
  #fields: readonly Field[] | undefined

  constructor(
    private readonly client: RawClient,
    readonly ids: AboutQuery,
    readonly headers: RawHeaders,
  ) {}

  call<Name extends QueryMethod>(name: Name): Promise<MessageShape<EngineMethods[Name]['output']>> {
    return this.client.call(name, this.ids as never, this.headers)
  }

  async metadata(): Promise<{ rowCount: bigint; fields: readonly Field[] }> {
    const metadata = decodeResultMetadata((await this.call('getResultMetadata')).resultMetaData)
    this.#fields = metadata.fields
    return metadata
  }

  /** The rows of the next batch; `undefined` after the last one. */
  async nextRows(): Promise<Record<string, unknown>[] | undefined> {
    const fields = this.#fields ?? (await this.metadata()).fields
    const { resultBatch } = await this.call('getNextResultBatch')
    if (resultBatch.byteLength === 0) return undefined
    return decodeChunk(resultBatch, fields).toRows() as Record<string, unknown>[]
  }

  async rows(): Promise<Record<string, unknown>[]> {
    const rows: Record<string, unknown>[] = []
    for (;;) {
      const batch = await this.nextRows()
      if (batch === undefined) return rows
      rows.push(...batch)
    }
  }
}
