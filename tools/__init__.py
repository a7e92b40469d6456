"""What the project does to itself: its pages, its set-up, its proofs."""
