"""Measures what the Python connector waits for over a slow link. Writes one JSON object of milliseconds.

Arguments: the port, the statement of one row, the statement of many rows.
"""
import json
import sys
import time

from e6data_python_connector import Connection

ROUNDS = 5


def elapsed(started):
    return (time.perf_counter() - started) * 1000


def connecting(port):
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        connection = Connection(
            host='127.0.0.1', port=port, username='bench', password='bench', catalog='bench', database='bench', secure=False
        )
        connection.get_session_id
        times.append(elapsed(started))
    return connection, times


def querying(connection, sql):
    whole, first = [], []
    for _ in range(ROUNDS):
        cursor = connection.cursor(catalog_name='bench')
        started = time.perf_counter()
        cursor.execute(sql)
        cursor.fetchone()
        first.append(elapsed(started))
        cursor.fetchall()
        whole.append(elapsed(started))
        cursor.clear()
    return {'whole': whole, 'firstRow': first}


if __name__ == '__main__':
    port, one_row, many_rows = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    connection, times = connecting(port)
    figures = {
        'connecting': times,
        'oneRow': querying(connection, one_row),
        'manyRows': querying(connection, many_rows),
    }
    connection.close()
    json.dump(figures, sys.stdout)
