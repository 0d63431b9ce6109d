/** What a fragment in the documentation may use without declaring it: a block that begins with ```` ```ts fragment ````. */
import type { Connection, ConnectOptions, Cursor, Pool, StrategyStore } from 'e6data-connector'
import type { LocalCluster } from 'e6data-local-cluster'
import type { FastifyInstance } from 'fastify'
import type { Kysely } from 'kysely'

export { connect, createPool } from 'e6data-connector'
export { E6dataDialect } from 'e6data-kysely'

export declare const connection: Connection
export declare const cursor: Cursor
export declare const pool: Pool
export declare const cluster: LocalCluster
export declare const db: Kysely<{ orders: { order_id: bigint; amount: string } }>

export declare const options: ConnectOptions
export declare const ownStore: StrategyStore
export declare const host: string
export declare const username: string
export declare const password: string
export declare const token: string
export declare const clusterName: string
export declare const certificate: Uint8Array
export declare const privateKey: Uint8Array

export declare const signal: AbortSignal
export declare const app: FastifyInstance
