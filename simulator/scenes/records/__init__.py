"""What a person in a scene leaves in the systems of each agency: one module an agency, one function a kind of record.

`who` is the person as the agency wrote it down, by default the subject as it is; `filed` is the day of delivery, by
default soon after.
"""
