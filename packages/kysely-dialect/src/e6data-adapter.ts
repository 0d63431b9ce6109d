import { DialectAdapterBase } from 'kysely'
import { engineLacks } from './engine-lacks.ts'

/** The engine's properties for Kysely, apart from its SQL. */
export class E6dataAdapter extends DialectAdapterBase {
  override get supportsCreateIfNotExists(): boolean {
    return true
  }

  override get supportsTransactionalDdl(): boolean {
    return false
  }

  override get supportsReturning(): boolean {
    return false
  }

  override async acquireMigrationLock(): Promise<void> {
    engineLacks('migration')
  }

  override async releaseMigrationLock(): Promise<void> {
    engineLacks('migration')
  }
}
