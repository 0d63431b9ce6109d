"""Measures the Python connector on the same bytes: decoding alone, and end to end. Writes one JSON object.

Arguments: the folder of the vectors, the port of the canned server, how many batches a query gives.
"""
import json
import statistics
import sys
import time
from io import BytesIO
from pathlib import Path

from e6data_python_connector import Connection
from e6data_python_connector.datainputstream import get_query_columns_info, read_rows_from_chunk

ROUNDS = 3


def decoding(folder):
    chunk = (folder / 'bench-chunk.bin').read_bytes()
    columns = get_query_columns_info(BytesIO((folder / 'bench-meta.bin').read_bytes()))[1]
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        rows = read_rows_from_chunk(columns, chunk)
        times.append(time.perf_counter() - started)
    return len(rows) / statistics.median(times)


def end_to_end(port, batches):
    connection = Connection(
        host='127.0.0.1', port=port, username='bench', password='bench', catalog='bench', database='bench', secure=False
    )
    times = []
    for _ in range(ROUNDS):
        cursor = connection.cursor(catalog_name='bench')
        cursor.execute(f'SELECT {batches}')
        started = time.perf_counter()
        rows = sum(len(rows) for rows in cursor.fetchall_buffer())
        times.append(time.perf_counter() - started)
        cursor.clear()
    connection.close()
    return rows / statistics.median(times)


if __name__ == '__main__':
    vectors, port, batches = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    json.dump(
        {'decodeRowsPerSecond': decoding(vectors), 'endToEndRowsPerSecond': end_to_end(port, batches)}, sys.stdout
    )
