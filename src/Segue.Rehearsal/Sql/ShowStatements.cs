using Segue.Rehearsal.Statements;

namespace Segue.Rehearsal.Sql;

/// <summary>The few SHOW and DESCRIBE forms that clients send by themselves.</summary>
internal static class ShowStatements
{
    public static string SqlOf(IReadOnlyList<SqlToken> tokens)
    {
        if (!tokens[0].Is("SHOW"))
            return Columns(tokens[^1].Name);
        return (tokens.Count > 1 ? tokens[1].Value.ToUpperInvariant() : "") switch
        {
            "CATALOGS" => "SELECT column1 AS \"Catalog\" FROM (VALUES ('memory'), ('system'), ('tpch'))",
            "SCHEMAS" => "SELECT column1 AS \"Schema\" FROM (VALUES ('default'), ('information_schema'), ('tiny'))",
            "TABLES" => "SELECT name AS \"Table\" FROM (SELECT name FROM main.sqlite_master WHERE type = 'table' UNION ALL SELECT name FROM tpch.sqlite_master WHERE type = 'table') ORDER BY 1",
            "COLUMNS" => Columns(tokens[^1].Name),
            "SESSION" => "SELECT '' AS \"Name\", '' AS \"Value\", '' AS \"Default\", '' AS \"Type\", '' AS \"Description\" WHERE false",
            _ => throw new QueryException(QueryError.Syntax($"line 1:6: mismatched input '{tokens[^1].Value}'. Expecting: 'CATALOGS', 'COLUMNS', 'SCHEMAS', 'SESSION', 'TABLES'")),
        };
    }

    private static string Columns(string table) =>
        $"SELECT name AS \"Column\", lower(type) AS \"Type\", '' AS \"Extra\", '' AS \"Comment\" FROM pragma_table_info('{table.Replace("'", "''", StringComparison.Ordinal)}')";
}
