"""Uses every part of the Python connector against a cluster where nothing is being deployed.

Runs the checks that are named as arguments, or all of those in the list below. Reads where the cluster is as JSON from
standard input. Writes a line of JSON for each check, with what went wrong if something did, and one for the public
names that this version of the connector has.
"""
import asyncio
import inspect
import json
import sys
import threading
import traceback

from e6data_python_connector import Connection, ConnectionPool, Cursor
from e6data_python_connector import connection_pool, exceptions
from e6data_python_connector.cluster_manager import ClusterManager

# How to connect, with a login and without, and how many rows the table `orders` has: filled in by `main`. The connector's decoder processes load
# this file too, and have no standard input.
PLACE = {}
ACCESS_TOKEN = ''
ORDERS = 0
HOSTILE = ["O'Brien", 'back\\slash \\\' both', "'; DROP TABLE orders; --", 'two\nlines\r\n\ttab', '🏝️ 東 île 𝔘', '']


def connect(**changes):
    return Connection(**{**PLACE, **changes})


def connect_by_token(**changes):
    return connect(**{'username': None, 'password': None, 'access_token': ACCESS_TOKEN, **changes})


def query(cursor, sql, parameters=None):
    cursor.execute(sql, parameters)
    return cursor.fetchall()


EVERY_TYPE = (
    'SELECT order_id, customer_id, store_id, quantity, region, reference, amount, discount, weight_kg, express, '
    'ordered_on, ordered_at, shipped_at, delivered_at, note, tags, address, loyalty '
    'FROM orders WHERE order_id < 500 ORDER BY order_id'
)


def values_of_every_type():
    """Answers with the rows themselves, for the caller to compare."""
    with connect() as connection, connection.cursor() as cursor:
        rows = query(cursor, EVERY_TYPE)
        return {'rows': [[None if value is None else str(value) for value in row] for row in rows]}


def reading_a_result_in_every_way():
    with connect() as connection:
        sql = 'SELECT order_id FROM orders ORDER BY order_id'
        expected = [[number] for number in range(ORDERS)]
        with connection.cursor() as cursor:
            assert query(cursor, sql) == expected, 'fetchall'
            assert cursor.rowcount == ORDERS, 'rowcount'
            assert cursor.description[0][:2] == ('order_id', 'LONG'), 'description'
        with connection.cursor() as cursor:
            cursor.execute(sql)
            batches = list(cursor.fetchall_buffer())
            assert len(batches) > 1 and sum(batches, []) == expected, 'fetchall_buffer'
        with connection.cursor() as cursor:
            cursor.execute(sql)
            rows = cursor.fetchmany(7)
            while len(more := cursor.fetchmany(5000)) > 0:
                rows += more
            assert rows == expected, 'fetchmany'
        with connection.cursor() as cursor:
            cursor.execute('SELECT order_id FROM orders ORDER BY order_id LIMIT 2')
            assert [cursor.fetchone(), cursor.fetchone(), cursor.fetchone()] == [[[0]], [[1]], None], 'fetchone'


def statements_with_and_without_a_catalog():
    with connect() as connection, connection.cursor(catalog_name=PLACE['catalog']) as cursor:
        assert query(cursor, 'SELECT count(*) FROM stores;') == [[200]]
    with connect(catalog=None) as connection, connection.cursor() as cursor:
        assert query(cursor, 'SELECT count(*) FROM stores') == [[200]]


def parameters_that_try_to_break_out():
    with connect() as connection, connection.cursor() as cursor:
        for text in HOSTILE:
            assert query(cursor, 'SELECT %(text)s AS a, %(n)s AS b', {'text': text, 'n': 5}) == [[text, 5]], text
        assert query(cursor, 'SELECT %(nothing)s', {'nothing': None}) == [[None]]
        assert query(cursor, 'SELECT count(*) FROM stores WHERE store_id IN %(ids)s', {'ids': [1, 2]}) == [[2]]


def what_the_engine_knows_of_its_tables():
    catalog, database = PLACE['catalog'], PLACE['database']
    with connect() as connection, connection.cursor() as cursor:
        tables = connection.get_tables(catalog, database)
        assert 'orders' in tables and cursor.get_tables() == tables
        assert connection.get_schema_names(catalog) == cursor.get_schema_names() == [database]
        columns = connection.get_columns(catalog, database, 'regions')
        assert [column['fieldName'] for column in columns] == ['region_id', 'name']
        assert cursor.get_columns('regions') == columns
        assert {'name': catalog, 'isDefault': True} in connection.get_catalogs()


def status_plans_and_clearing():
    with connect() as connection:
        cursor = connection.cursor()
        query_id = cursor.execute('SELECT region, count(*) FROM orders GROUP BY 1')
        assert cursor.query_id == query_id
        assert cursor.status(query_id).status is True and cursor.status(query_id).rowCount == 8
        assert cursor.explain()
        analysis = cursor.explain_analyse()
        assert 'total_query_time' in json.loads(analysis['planner']), analysis
        assert cursor.clear() is not None
        assert connection.dry_run('SELECT 1')
        cursor.close()


def cancelling_a_query_that_runs():
    with connect() as connection, connect() as other:
        cursor = connection.cursor()
        query_id = cursor.execute('SELECT * FROM orders')
        cursor.cancel(query_id)
        try:
            rows = cursor.fetchall()
        except Exception:
            return
        assert len(rows) < ORDERS, 'the query went on'


def many_threads_on_a_pool():
    pool = ConnectionPool(min_size=1, max_size=4, **PLACE)
    counts = []

    def work():
        with pool.get_connection_context() as pooled:
            counts.append(query(pooled.cursor(), 'SELECT count(*) FROM orders'))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [[[ORDERS]]] * 8, counts
    assert pool.get_statistics()['failed_connections'] == 0
    pool.close_all()


def cluster_is_active():
    manager = ClusterManager(PLACE['host'], PLACE['port'], PLACE['username'], PLACE['password'],
                             cluster_uuid=PLACE['cluster_name'])
    assert manager.resume() is True


def wrong_credentials_and_wrong_statements():
    try:
        connect(password='wrong').get_session_id
        assert False, 'let in'
    except ValueError as error:
        assert 'credentials' in str(error)
    with connect() as connection:
        try:
            connection.cursor().execute('SELECT no_such_column FROM orders')
            assert False, 'executed'
        except Exception as error:
            assert 'no_such_column' in error.details(), error


def clearing_without_a_query():
    with connect() as connection:
        cursor = connection.cursor()
        cursor.clear()
        try:
            try:
                cursor.execute('SELECT no_such_column FROM orders')
            finally:
                cursor.clear()
            assert False, 'executed'
        except Exception as error:
            assert 'no_such_column' in error.details(), error
        assert query(cursor, 'SELECT 1') == [[1]]
        cursor.clear()
        cursor.clear()


def batches_of_batches():
    """`getNextResultBatchV2`, or the fall-back to the first version where a server does not have it."""
    with connect(enable_result_batch_v2=True) as connection, connection.cursor() as cursor:
        rows = query(cursor, 'SELECT order_id FROM orders ORDER BY order_id')
        assert rows == [[number] for number in range(ORDERS)]
        return {'protocol': cursor._result_protocol}


def coroutines():
    from e6data_python_connector.aio import AsyncConnection

    async def run():
        async with AsyncConnection(**PLACE) as connection:
            async with connection.cursor() as cursor:
                await cursor.execute('SELECT order_id FROM orders ORDER BY order_id')
                return await cursor.fetchall()

    rows = asyncio.run(run())
    assert len(rows) == ORDERS and list(rows[-1]) == [ORDERS - 1]


def a_suspended_cluster_is_resumed():
    with connect(auto_resume=True) as connection, connection.cursor() as cursor:
        assert query(cursor, 'SELECT 1') == [[1]]


def an_access_token_in_place_of_a_login():
    catalog, database = PLACE['catalog'], PLACE['database']
    sql = 'SELECT order_id FROM orders ORDER BY order_id'
    expected = [[number] for number in range(ORDERS)]
    with connect_by_token() as connection:
        assert connection.get_session_id == ''
        assert 'orders' in connection.get_tables(catalog, database)
        assert connection.get_catalogs() and connection.get_schema_names(catalog) == [database]
        assert connection.dry_run('SELECT 1')
        with connection.cursor() as cursor:
            assert query(cursor, sql) == expected, 'fetchall'
        with connection.cursor() as cursor:
            query_id = cursor.execute(sql)
            assert cursor.status(query_id).rowCount == ORDERS and cursor.explain()
            assert sum(cursor.fetchall_buffer(), []) == expected, 'fetchall_buffer'
        with connection.cursor() as cursor:
            cursor.cancel(cursor.execute(sql))
    with connect_by_token(catalog=None) as connection, connection.cursor() as cursor:
        assert query(cursor, 'SELECT count(*) FROM stores') == [[200]]
    with connect_by_token(enable_result_batch_v2=True) as connection, connection.cursor() as cursor:
        assert query(cursor, sql) == expected, 'batches of batches'


def a_mismatch_with_an_access_token():
    from e6data_python_connector.e6data_grpc import _set_active_strategy
    _set_active_strategy('green')
    with connect_by_token() as connection, connection.cursor() as cursor:
        assert query(cursor, 'SELECT count(*) FROM orders') == [[ORDERS]]


def a_suspended_cluster_is_resumed_with_an_access_token():
    with connect_by_token(auto_resume=True) as connection, connection.cursor() as cursor:
        assert query(cursor, 'SELECT 1') == [[1]]


def a_wrong_access_token():
    with connect_by_token(access_token='wrong') as connection:
        try:
            connection.cursor().execute('SELECT 1')
            assert False, 'let in'
        except Exception as error:
            assert error.code().name == 'UNAUTHENTICATED', error


def public_functions():
    classes = {
        'Connection': Connection,
        'Cursor': Cursor,
        'ConnectionPool': ConnectionPool,
        'PooledConnection': connection_pool.PooledConnection,
        'ClusterManager': ClusterManager,
    }
    names = [
        f'{label}.{name}'
        for label, kind in classes.items()
        for name, member in inspect.getmembers(kind)
        if not name.startswith('_') and (callable(member) or isinstance(member, property))
    ]
    options = [
        f'{label}({name})'
        for label, kind in classes.items()
        if label in ('Connection', 'ConnectionPool')
        for name in inspect.signature(kind).parameters
        if name != 'connection_params'
    ]
    errors = [name for name, kind in vars(exceptions).items() if inspect.isclass(kind)]
    return {'functions': names, 'options': options, 'errors': errors}


CHECKS = [
    values_of_every_type,
    reading_a_result_in_every_way,
    statements_with_and_without_a_catalog,
    parameters_that_try_to_break_out,
    what_the_engine_knows_of_its_tables,
    status_plans_and_clearing,
    cancelling_a_query_that_runs,
    many_threads_on_a_pool,
    cluster_is_active,
    wrong_credentials_and_wrong_statements,
    clearing_without_a_query,
    batches_of_batches,
    coroutines,
]


def main():
    global ORDERS, ACCESS_TOKEN
    PLACE.update(json.load(sys.stdin))
    ORDERS = PLACE.pop('orders')
    ACCESS_TOKEN = PLACE.pop('access_token')
    checks = [globals()[name] for name in sys.argv[1:]] or CHECKS
    for check in checks:
        try:
            facts = check() or {}
            print(json.dumps({'check': check.__name__, 'passed': True, **facts}), flush=True)
        except BaseException:
            print(json.dumps({'check': check.__name__, 'passed': False, 'detail': traceback.format_exc()}), flush=True)
    print(json.dumps({'surface': public_functions()}), flush=True)


if __name__ == '__main__':
    main()
