"""The planner without a key and without a network: a grammar over tables of words, no model.

normalise -> scan (tokens; settle and told say what they mean beside each other) -> sections (which pictures, what is
negated) -> readers (edging, backdrop, exporting, identity) -> wishes (of one picture) -> grammar (steps) -> plan
(steps or words). What each folder holds, each importing only those before it:

    tokens/     a sentence as tokens: one way of writing, phrases from the tables, neighbours that change a meaning
    which/      which pictures: by number and count (numbering, counting), by what they show (contents), by what was
                done to them (states), all of these (references); what they mean beside each other (joining, resolving,
                exceptions), which of them is a background (behind); memory is what is known of them
    readers/    what a section wants of a picture, each reader one thing
    talk/       what is no wish for a picture: questions, small talk, what the product does not do (outside)

On top of them stands what makes steps of it (grammar, merging), and of short sentences that need the ones before
(ellipsis, revise). Tables are in ``prompts/``.
"""

from agent.builtin.planner import BuiltIn
from agent.builtin.tokens.consent import is_no, is_yes

__all__ = ["BuiltIn", "is_no", "is_yes"]
