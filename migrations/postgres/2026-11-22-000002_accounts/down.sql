DROP TABLE memberships;
DROP TABLE refresh_tokens;
DROP TABLE users;
