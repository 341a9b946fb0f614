"""The judge exam: generated dialogues with faults at known turns, and how well a judge finds them.

words, words_held_out     how the exam's agent puts things, in each split
script                    a flawless dialogue, followed as far as wanted and continued by hand
planting                  what the planters of both splits share
faults, faults_held_out   the faults of each split
noise                     what speech recognition makes of the customer's words
generate                  the episodes with their true scores
grade                     a judge's scores against the truth
report                    the grades as JSON and as text, and where they are kept
"""
