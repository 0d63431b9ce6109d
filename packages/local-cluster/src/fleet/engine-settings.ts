import { join, resolve } from 'node:path'
import { isOffset, type ResolvedClusterOptions } from '../cluster-options.ts'
import type { DataSource } from '../data/data-source.ts'
import type { Strategy } from '../deployment/strategy.ts'
import type { EngineOptions } from '../engine/engine.ts'
import type { WarehouseOptions } from '../engine/warehouse.ts'

export function engineOptions(options: ResolvedClusterOptions, strategy: Strategy): EngineOptions {
  const { users, wrongCredentials, accessTokens, sessionTtlMs, queryIdleTimeoutMs, batchRows, batchBytes, timeZone } =
    options
  return {
    strategy,
    users,
    wrongCredentials,
    accessTokens,
    sessionTtlMs,
    queryIdleTimeoutMs,
    batches: { batchRows, batchBytes, timeZone },
  }
}

/** @param name prefix of this warehouse's files in the folder. */
export function warehouseOptions(
  options: ResolvedClusterOptions,
  folder: string,
  name: string,
  storage: 'file' | 'memory',
): WarehouseOptions {
  return {
    path: storage === 'memory' ? ':memory:' : databasePath(folder, name),
    temporaryFolder: join(folder, `${name}.spill`),
    catalog: options.catalog,
    database: options.database,
    timeZone: isOffset(options.timeZone) ? 'UTC' : options.timeZone,
    ...(options.data === undefined ? {} : { dataFolder: resolve(options.data) }),
  }
}

/** The database file of a warehouse. */
export function databasePath(folder: string, name: string): string {
  return join(folder, `${name}.duckdb`)
}

export function dataSource(options: ResolvedClusterOptions): DataSource {
  return options.data === undefined
    ? { kind: 'retail', orderRows: options.rows }
    : { kind: 'folder', folder: options.data }
}
