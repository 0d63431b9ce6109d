"""The unary methods of grpc.testing.TestService on Python's grpcio, on the port that is given."""

import sys
import time
from concurrent import futures

import grpc

ECHO_HEADER = "x-grpc-test-echo-initial"
SERVICE = "grpc.testing.TestService"


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def fields(data):
    """The last value of each field of a protobuf message of varints, strings and messages."""
    found, at = {}, 0
    while at < len(data):
        tag, at = varint(data, at)
        value, at = varint(data, at)
        if tag & 7 == 2:
            value, at = data[at : at + value], at + value
        found[tag >> 3] = value
    return found


def field(number, body):
    """A field that holds bytes."""
    length, size = bytearray(), len(body)
    while size > 0x7F:
        length.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([number << 3 | 2]) + bytes(length) + bytes([size]) + body


def empty_call(request, context):
    return b""


def unary_call(request, context):
    for key, value in context.invocation_metadata():
        if key == ECHO_HEADER:
            context.send_initial_metadata([(key, value)])
            context.set_trailing_metadata([(key, value)])
    asked = fields(request)
    if 6 in asked and fields(asked[6]).get(1):
        context.set_compression(grpc.Compression.Gzip)
    if 7 in asked:
        status = fields(asked[7])
        code = next(code for code in grpc.StatusCode if code.value[0] == status[1])
        context.abort(code, status.get(2, b"").decode())
    return field(1, field(2, bytes(asked.get(2, 0))))


def streaming_output_call(request, context):
    parameters = fields(fields(request)[2])
    time.sleep(parameters[2] / 1e6)
    yield field(1, field(2, bytes(parameters[1])))


HANDLERS = {
    "EmptyCall": grpc.unary_unary_rpc_method_handler(empty_call),
    "UnaryCall": grpc.unary_unary_rpc_method_handler(unary_call),
    "StreamingOutputCall": grpc.unary_stream_rpc_method_handler(streaming_output_call),
}

server = grpc.server(futures.ThreadPoolExecutor(16))
server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, HANDLERS)])
server.add_insecure_port(f"127.0.0.1:{sys.argv[1]}")
server.start()
server.wait_for_termination()
