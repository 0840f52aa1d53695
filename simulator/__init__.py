"""A province to practise on: generated people with a known truth, and their agencies as real servers.

Knows nothing of the pipeline: identifiers, dirt and truth are made here by arithmetic of its own, so that simulator and
core check each other. The province folder holds clear (generated) identifiers and therefore never lies below the
pipeline's own home. The truth is read by `simulator.score` alone.
"""
