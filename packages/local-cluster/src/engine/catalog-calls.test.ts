import { describe, expect, test } from 'vitest'
import { GRPC_STATUS } from '../grpc/rpc-error.ts'
import { withCluster } from '../testing/with-cluster.ts'

const shared = withCluster({ rows: 2000, batchRows: 4000 })

describe('catalogs', () => {
  test('lists catalogs, schemas, tables and columns', async () => {
    const sessionId = await shared.client.login()
    expect((await shared.client.call('getCataloges', {})).catalogResponses).toMatchObject([
      { name: 'local', isDefault: true },
    ])
    expect((await shared.client.call('getSchemaNames', { sessionId })).schemas).toEqual(['retail'])
    expect((await shared.client.call('getSchemaNamesV2', { sessionId, catalog: 'local' })).schemas).toEqual(['retail'])
    const tables = ['customers', 'orders', 'products', 'regions', 'returns', 'stores']
    expect((await shared.client.call('getTables', { sessionId, schema: 'retail' })).tables).toEqual(
      expect.arrayContaining(tables),
    )
    expect((await shared.client.call('getTablesV2', { sessionId, schema: 'retail', catalog: 'local' })).tables).toEqual(
      expect.arrayContaining(tables),
    )
    const { fieldInfo } = await shared.client.call('getColumnsV2', {
      sessionId,
      catalog: 'local',
      schema: 'retail',
      table: 'stores',
    })
    expect(fieldInfo.map(({ fieldName, fieldType }) => [fieldName, fieldType])).toEqual([
      ['store_id', 'short'],
      ['name', 'varchar'],
      ['region_id', 'short'],
      ['opened_on', 'date'],
      ['time_zone', 'varchar'],
    ])
    expect(
      (await shared.client.call('getColumns', { sessionId, schema: 'retail', table: 'stores' })).fieldInfo,
    ).toHaveLength(5)
  })

  test('types have the names of the catalog, with precision and scale', async () => {
    await shared.client.query(`CREATE TABLE local.retail.every_type(
      a BOOLEAN, b TINYINT, c INT, d BIGINT, e FLOAT, f DOUBLE, g DECIMAL(7,2), h VARCHAR(16), i BLOB, j TIMESTAMP, k TIMESTAMPTZ,
      l INT[], m MAP(VARCHAR, DECIMAL(38,10)), n STRUCT(x INT, y VARCHAR[]), o INTERVAL, p HUGEINT, q DATE[][],
      r STRUCT(instant TIMESTAMPTZ, zone VARCHAR), s UUID)`)
    const { fieldInfo } = await shared.client.call('getColumnsV2', {
      sessionId: await shared.client.login(),
      catalog: 'local',
      schema: 'retail',
      table: 'every_type',
    })
    await shared.client.query('DROP TABLE local.retail.every_type')
    expect(fieldInfo.map(({ fieldType }) => fieldType)).toEqual([
      'boolean',
      'tinyint',
      'int',
      'long',
      'float',
      'double',
      'decimal(7,2)',
      'varchar',
      'binary',
      'timestamp',
      'timestamp_tz',
      'array<int>',
      'map<varchar,decimal(38,10)>',
      'struct<x:int,y:array<varchar>>',
      'interval_day_second',
      'decimal(38,0)',
      'array<array<date>>',
      'timestamp_tz',
      'varchar',
    ])
  })

  test('an error names the schema or table that does not exist', async () => {
    const sessionId = await shared.client.login()
    const refused = { code: GRPC_STATUS.invalidArgument }
    await expect(shared.client.call('getSchemaNamesV2', { sessionId, catalog: 'nowhere' })).rejects.toMatchObject(
      refused,
    )
    await expect(shared.client.call('getTables', { sessionId, schema: 'nowhere' })).rejects.toMatchObject(refused)
    await expect(shared.client.call('getColumns', { sessionId, schema: '', table: 'nowhere' })).rejects.toMatchObject(
      refused,
    )
    const prepare = { sessionId, catalog: 'nowhere', schema: 'x', queryString: 'SELECT 1' }
    await expect(shared.client.call('prepareStatementV2', prepare)).rejects.toMatchObject(refused)
  })

  test('a catalog can be added and used', async () => {
    const sessionId = await shared.client.login()
    await shared.client.call('addCatalogs', { sessionId, json: '[{"name": "extra"}, {"name": "local"}]' })
    const added = await shared.client.call('getAddCatalogsResponse', { sessionId })
    expect(added).toMatchObject({ status: 'PARTIAL_SUCCESS', failures: [{ name: 'local' }] })
    await shared.client.query('CREATE TABLE extra.main.t AS SELECT 1 AS one')
    expect((await shared.client.call('getTablesV2', { sessionId, catalog: 'extra', schema: 'main' })).tables).toEqual([
      't',
    ])
  })

  test('a dry run gives the plan, or the error', async () => {
    const sessionId = await shared.client.login()
    const request = { engineIP: '', sessionId, schema: 'retail', queryString: 'SELECT count(*) FROM orders' }
    expect((await shared.client.call('dryRun', request)).dryrunValue).toContain('AGGREGATE')
    expect((await shared.client.call('dryRunV2', { ...request, catalog: 'local' })).dryrunValue).toContain('AGGREGATE')
    await expect(shared.client.call('dryRun', { ...request, queryString: 'SELECT nothing' })).rejects.toMatchObject({
      code: GRPC_STATUS.invalidArgument,
    })
  })
})
