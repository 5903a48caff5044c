DROP TABLE siwe_nonces;
DROP TABLE wallets;
