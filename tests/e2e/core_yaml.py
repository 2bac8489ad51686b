"""YAML as the check language has it: plain scalars by the 1.2 core schema, quoted ones are text."""
import re

import yaml


class CoreLoader(yaml.CSafeLoader):
    """On libyaml, as the program. PyYAML itself follows YAML 1.1: `no` is false, 08:30 a number."""


CoreLoader.yaml_implicit_resolvers = {}


def _add(tag, pattern, first):
    CoreLoader.add_implicit_resolver(tag, re.compile(pattern), first)


_add("tag:yaml.org,2002:null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""])
_add("tag:yaml.org,2002:bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF"))
_add("core:int", r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", list("-+0123456789"))
_add("core:float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", list("-+.0123456789"))
_add("core:float", r"^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$", list("-+."))


def _int(loader, node):
    text = loader.construct_scalar(node)
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    return int(text[2:] if base != 10 else text, base)


def _float(loader, node):
    return float(re.sub(r"\.(?=inf|nan)", "", loader.construct_scalar(node).lower()))


CoreLoader.add_constructor("core:int", _int)
CoreLoader.add_constructor("core:float", _float)


def load(text):
    return yaml.load(text, CoreLoader)
