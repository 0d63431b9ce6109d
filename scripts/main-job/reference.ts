import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { type DataSource, tableStatements } from 'e6data-local-cluster'
import { type Fingerprint, FingerprintSum } from './checksum.ts'

/** How a column of a DuckDB type is read so that it says what the connector's default for it says. */
const READ_AS: readonly (readonly [type: RegExp, expression: (column: string) => string])[] = [
  [/^(?:DECIMAL|DATE|UUID|TIME|INTERVAL|HUGEINT|UBIGINT|UHUGEINT|ENUM)\b/, (column) => `${column}::VARCHAR`],
  [/^TIMESTAMP WITH TIME ZONE$/, (column) => timestampText(`make_timestamp(epoch_us(${column}))`)],
  [/^TIMESTAMP/, (column) => timestampText(column)],
  [/^STRUCT\(instant TIMESTAMP WITH TIME ZONE, zone VARCHAR\)$/i, (column) => column],
  [/\[\]$|^STRUCT|^MAP/, (column) => `to_json(${column})::VARCHAR`],
  [/^BLOB$/, (column) => `lower(hex(${column}))`],
]

function timestampText(column: string): string {
  return `strftime(${column}, '%Y-%m-%dT%H:%M:%S.%f+00:00')`
}

/**
 * DuckDB itself, over the same data as the engines of the cluster, queried directly: the expected result, by another path
 * than the one under test.
 */
export class Reference {
  readonly #connection: DuckDBConnection

  private constructor(connection: DuckDBConnection) {
    this.#connection = connection
  }

  static async open(source: DataSource): Promise<Reference> {
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    for (const statement of await tableStatements(source)) await connection.run(statement)
    return new Reference(connection)
  }

  /** The names of the tables. */
  async tables(): Promise<string[]> {
    const rows = await this.#rows('SELECT table_name FROM information_schema.tables ORDER BY 1')
    return rows.map(([name]) => String(name))
  }

  /** The columns of a statement's result that can be compared, as an expression list of the engine. */
  async comparableColumns(sql: string): Promise<string[]> {
    const columns = await this.#rows(`DESCRIBE ${sql}`)
    return columns.filter(([, type]) => !/^STRUCT\(instant/i.test(String(type))).map(([name]) => `"${name}"`)
  }

  /** The expected result of a statement. */
  async fingerprint(sql: string): Promise<Fingerprint> {
    const columns = await this.#rows(`DESCRIBE ${sql}`)
    const list = columns.map(([name, type]) => readAs(`"${name}"`, String(type)))
    const sum = new FingerprintSum()
    for (const row of await this.#rows(`SELECT ${list.join(', ')} FROM (${sql})`)) sum.add(row)
    return sum.result()
  }

  close(): void {
    this.#connection.closeSync()
  }

  async #rows(sql: string): Promise<unknown[][]> {
    return (await this.#connection.runAndReadAll(sql)).getRowsJS()
  }
}

function readAs(column: string, type: string): string {
  const expression = READ_AS.find(([pattern]) => pattern.test(type))?.[1]
  return expression ? expression(column) : column
}
