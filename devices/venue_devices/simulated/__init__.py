"""Simulated devices: real drivers against a device that exists only as a program, with faults.

Everything here is written from the protocols' documents, apart from the codecs that it judges.
"""
