import { describe, expect, test } from 'vitest'
import { GRPC_STATUS } from '../grpc/rpc-error.ts'
import { withCluster } from '../testing/with-cluster.ts'

const shared = withCluster({ rows: 2000, batchRows: 4000 })

describe('catalogs', () => {
  test('catalogs, schemas, tables and columns are listed', async () => {
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
      ['store_id', 'SHORT'],
      ['name', 'STRING'],
      ['region_id', 'SHORT'],
      ['opened_on', 'DATE'],
      ['time_zone', 'STRING'],
    ])
    expect(
      (await shared.client.call('getColumns', { sessionId, schema: 'retail', table: 'stores' })).fieldInfo,
    ).toHaveLength(5)
  })

  test('what does not exist is named', async () => {
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
