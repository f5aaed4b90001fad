"""The planner without a key and without a network: a grammar over tables of words, no model.

normalise -> scan (tokens; settle and told say what they mean beside each other) -> sections (which pictures, what is
negated) -> readers (edging, backdrop, exporting, identity) -> grammar (steps) -> plan (steps or words). Tables are in
``prompts/``.
"""

from agent.builtin.consent import is_no, is_yes
from agent.builtin.planner import BuiltIn

__all__ = ["BuiltIn", "is_no", "is_yes"]
