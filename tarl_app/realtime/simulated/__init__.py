"""A simulated caller on a real session, without a socket and on a clock of sound.

clock     time that waits for nobody: it goes on with the sound, and with what is computed
handset   the caller's end of the line: the protocol's events, the microphone and the loudspeaker
caller    who calls, and what they do while the agent speaks
call      a whole call, as an episode
"""
