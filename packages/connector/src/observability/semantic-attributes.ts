import type { Operation, ServerAddress } from './operation.ts'
import type { TelemetryAttributes } from './telemetry.ts'

/** What names this database in OpenTelemetry. */
export const DB_SYSTEM = 'e6data'

/** How OpenTelemetry joins the parts of a namespace, from the general to the particular. */
export function namespaceOf({ catalog, database }: Pick<Operation, 'catalog' | 'database'>): string | undefined {
  const parts = [catalog, database].filter((part) => part !== undefined && part !== '')
  return parts.length > 0 ? parts.join('|') : undefined
}

export function serverAttributes({ address, port }: ServerAddress): TelemetryAttributes {
  return { 'db.system.name': DB_SYSTEM, 'server.address': address, 'server.port': port }
}

/** The attributes that a span and the measurements of an operation have in common: each has few values. */
export function operationAttributes(operation: Operation, server: ServerAddress): TelemetryAttributes {
  const namespace = namespaceOf(operation)
  return {
    ...serverAttributes(server),
    'db.operation.name': operation.name,
    ...(namespace === undefined ? {} : { 'db.namespace': namespace }),
  }
}
