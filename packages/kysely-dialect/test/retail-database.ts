import { type LocalCluster, startCluster } from 'e6data-local-cluster'
import { Kysely } from 'kysely'
import { E6dataDialect, type E6dataQueryOptions } from '../src/index.ts'

/** The local cluster's built-in tables, as far as the tests use them, with the values that the connector gives by default. */
export interface RetailDatabase {
  regions: { region_id: number; name: string }
  stores: { store_id: number; name: string; region_id: number; opened_on: string; time_zone: string }
  customers: {
    customer_id: number
    name: string
    age: number
    region_id: number
    newsletter: boolean | null
    joined_at: string
  }
  orders: {
    order_id: bigint
    customer_id: number
    store_id: number
    quantity: number
    region: string
    status: string
    /** DECIMAL(18, 2). */
    amount: string
    discount: number | null
    express: boolean | null
    ordered_on: string
    ordered_at: string
    note: string | null
    receipt: Uint8Array | null
  }
}

export const ORDERS = 20_000

/** A cluster of this process, with few rows and small batches, so that results come in several. */
export function startRetailCluster(): Promise<LocalCluster> {
  return startCluster({ mode: 'in-process', rows: ORDERS, batchRows: 3000, adminPort: false })
}

/** Kysely on that cluster; what it knows of deployments stays in this process. */
export function openDatabase<Database = RetailDatabase>(
  cluster: LocalCluster,
  query: E6dataQueryOptions = {},
): Kysely<Database> {
  return new Kysely({ dialect: new E6dataDialect({ connect: { url: cluster.url, strategyStore: 'process' }, query }) })
}
