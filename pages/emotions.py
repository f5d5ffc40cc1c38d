"""Emotions."""
