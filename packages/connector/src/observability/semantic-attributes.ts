import type { Operation, ServerAddress } from './operation.ts'
import type { TelemetryAttributes } from './telemetry.ts'

/** The name of this database in OpenTelemetry. */
export const DB_SYSTEM = 'e6data'

/** Joins the parts of a namespace as OpenTelemetry does, from the general to the specific. */
export function namespaceOf({ catalog, database }: Pick<Operation, 'catalog' | 'database'>): string | undefined {
  const parts = [catalog, database].filter((part) => part !== undefined && part !== '')
  return parts.length > 0 ? parts.join('|') : undefined
}

export function serverAttributes({ address, port }: ServerAddress): TelemetryAttributes {
  return { 'db.system.name': DB_SYSTEM, 'server.address': address, 'server.port': port }
}

/** The attributes shared by the spans and metrics of an operation; each has few values. */
export function operationAttributes(operation: Operation, server: ServerAddress): TelemetryAttributes {
  const namespace = namespaceOf(operation)
  return {
    ...serverAttributes(server),
    'db.operation.name': operation.name,
    ...(namespace === undefined ? {} : { 'db.namespace': namespace }),
  }
}
