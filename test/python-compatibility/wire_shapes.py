"""Prints what the installed Python connector knows of the wire: Thrift enums and structs, messages and services."""

import json

from e6data_python_connector.cluster_server import cluster_pb2
from e6data_python_connector.e6x_vector import ttypes
from e6data_python_connector.server import e6x_engine_pb2


def thrift_fields(struct):
    return {field[2]: field[0] for field in struct.thrift_spec if field is not None}


def proto_fields(message):
    return {field.name: [field.number, field.type, field.is_repeated] for field in message.fields}


def proto_messages(messages):
    for message in messages:
        yield message.full_name, proto_fields(message)
        yield from proto_messages(message.nested_types)


def proto_enums(holder):
    for enum in holder.enum_types_by_name.values():
        yield enum.full_name, {value.name: value.number for value in enum.values}


shapes = {"vectorTypes": ttypes.VectorType._NAMES_TO_VALUES, "structs": {}, "messages": {}, "enums": {}, "methods": {}}
for struct in vars(ttypes).values():
    if isinstance(struct, type) and getattr(struct, "thrift_spec", None):
        shapes["structs"][struct.__name__] = thrift_fields(struct)
for file in (e6x_engine_pb2.DESCRIPTOR, cluster_pb2.DESCRIPTOR):
    messages = file.message_types_by_name.values()
    shapes["messages"].update(proto_messages(messages))
    shapes["enums"].update(proto_enums(file))
    for message in messages:
        shapes["enums"].update(proto_enums(message))
    for service in file.services_by_name.values():
        for method in service.methods:
            name = service.name + "/" + method.name
            shapes["methods"][name] = [method.input_type.full_name, method.output_type.full_name]
print(json.dumps(shapes))
