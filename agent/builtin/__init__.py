"""The planner without a key and without a network: a grammar over tables of words, no model.

normalise -> scan (tokens; settle and told say what they mean beside each other) -> sections (which pictures, what is
negated) -> readers (edging, backdrop, exporting, identity) -> wishes (of one picture) -> grammar (steps) -> plan
(steps or words). Which pictures: numbering, counting (by number), contents (by what they show), states (by what was
done to them), references (all of these); joining, resolving and exceptions ("all but") say what they mean beside each
other, behind which of them is a background, merging what the steps of several sections come to. What is no wish for a
picture: talk (questions, small talk), outside (what the product does not do). Tables are in ``prompts/``.
"""

from agent.builtin.consent import is_no, is_yes
from agent.builtin.planner import BuiltIn

__all__ = ["BuiltIn", "is_no", "is_yes"]
