"""Futures contracts: their symbols, when they end, and which one is traded now. Nothing here moves a position."""

from kedge.sessions.contracts.chain import Chain, RollTerms
from kedge.sessions.contracts.contract import Contract, parse_contract
from kedge.sessions.contracts.expiry import Expiry
from kedge.sessions.contracts.products import PRODUCTS, Product

__all__ = ["PRODUCTS", "Chain", "Contract", "Expiry", "Product", "RollTerms", "parse_contract"]
