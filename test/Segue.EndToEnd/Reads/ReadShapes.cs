namespace Segue.EndToEnd.Reads;

/// <summary>Statements over tpch.sf1 of every shape that recovery treats in its own way, by either engine's grammar.</summary>
internal static class ReadShapes
{
    private const string LineItem = "tpch.sf1.lineitem";
    private const string PartSupp = "tpch.sf1.partsupp";
    private const string Supplier = "tpch.sf1.supplier";
    private const string Customer = "tpch.sf1.customer";

    private static readonly int[] NoOrder = [];

    public static IReadOnlyList<ReadShape> All { get; } =
    [
        // sorted by columns in which no two rows are equal
        Sorted("sorted", $"SELECT partkey, suppkey, supplycost, comment FROM {PartSupp} WHERE partkey % 10 = 1 ORDER BY partkey, suppkey", ReadSize.Large, 0, 1),
        Sorted("sorted by two", $"SELECT suppkey, partkey, availqty, comment FROM {PartSupp} WHERE partkey <= 15000 ORDER BY 1 DESC, partkey", ReadSize.Large, 0, 1),
        Sorted("top", $"SELECT custkey, name, address, comment FROM {Customer} ORDER BY custkey DESC LIMIT 60000", ReadSize.Large, 0),
        Sorted("sorted by expression", $"SELECT custkey, name, address FROM {Customer} ORDER BY -custkey", ReadSize.Large, 0),

        // many rows are equal in what they are sorted by
        Sorted("ties", $"SELECT shipdate, orderkey, linenumber, comment FROM {LineItem} WHERE suppkey % 60 = 0 ORDER BY shipdate", ReadSize.Large, 0),
        Sorted("more ties", $"SELECT custkey, mktsegment, nationkey, phone FROM {Customer} ORDER BY 2 DESC NULLS FIRST, nationkey", ReadSize.Large, 1, 2),

        Unsorted("scan", $"SELECT * FROM {Customer} WHERE custkey <= 60000", ReadSize.Large),
        Unsorted("filter", $"SELECT * FROM {PartSupp} WHERE availqty % 12 = 0", ReadSize.Large),
        Unsorted("equal rows", $"SELECT nationkey, mktsegment FROM {Customer}", ReadSize.Large),
        Unsorted("join", $"SELECT ps.partkey, s.name, n.name, s.phone, ps.availqty FROM {PartSupp} ps JOIN {Supplier} s ON ps.suppkey = s.suppkey JOIN tpch.sf1.nation n ON s.nationkey = n.nationkey WHERE ps.partkey % 8 = 0", ReadSize.Large),
        Unsorted("union", $"SELECT custkey AS k, name FROM {Customer} WHERE custkey % 2 = 0 UNION ALL SELECT partkey, comment FROM {PartSupp} WHERE partkey % 20 = 0", ReadSize.Large),
        Unsorted("window", $"SELECT partkey, suppkey, row_number() OVER (PARTITION BY suppkey ORDER BY partkey) FROM {PartSupp} WHERE partkey % 4 = 0", ReadSize.Large),

        // exact types
        Unsorted("grouped", $"SELECT partkey, count(*), min(suppkey), max(length(comment)), sum(CAST(availqty AS bigint)) FROM {PartSupp} GROUP BY partkey", ReadSize.Large),
        Unsorted("decimals", $"SELECT partkey, sum(CAST(supplycost AS decimal(18, 2))), avg(CAST(supplycost AS decimal(18, 2))) FROM {PartSupp} GROUP BY partkey", ReadSize.Large),
        Unsorted("distinct", $"SELECT DISTINCT availqty, suppkey % 10 FROM {PartSupp}", ReadSize.Large),
        Sorted("few groups", $"SELECT mktsegment, nationkey, count(*), sum(custkey) FROM {Customer} GROUP BY 1, 2 ORDER BY 1, 2", ReadSize.Small, 0, 1),
        Unsorted("one row", $"SELECT count(*), sum(orderkey) FROM {LineItem} WHERE linenumber < 7", ReadSize.Small),

        Unsorted("wide", $"SELECT ps.*, s.*, array_join(repeat(ps.comment, 6), ' / ') FROM {PartSupp} ps JOIN {Supplier} s ON ps.suppkey = s.suppkey WHERE ps.partkey % 80 = 0", ReadSize.Large),
        Unsorted("nested", $"SELECT partkey, ARRAY[comment, NULL], MAP(ARRAY['suppkey', 'availqty'], ARRAY[suppkey, availqty]), "
            + $"CAST(ROW(supplycost, ARRAY[ARRAY[partkey, suppkey], ARRAY[]]) AS ROW(cost double, ids array(array(bigint)))) FROM {PartSupp} WHERE partkey % 20 = 0", ReadSize.Large),
        // what map_agg gives has its entries in another order at each run of Trino, and so other bytes
        Unsorted("collected", $"SELECT partkey, array_agg(comment ORDER BY suppkey), MAP(array_agg(suppkey ORDER BY suppkey), array_agg(availqty ORDER BY suppkey)) FROM {PartSupp} WHERE partkey % 10 = 0 GROUP BY partkey", ReadSize.Large),
        Sorted("types", "SELECT custkey, CAST(DATE '2024-02-29' AS timestamp), to_utf8(comment), CAST(acctbal AS decimal(12, 2)), nullif(mktsegment, 'BUILDING'), custkey % 2 = 0, CAST(acctbal AS real), "
            + $"'quote \" backslash \\ brackets ]}},[{{ ü 漢 ' || chr(10) || phone, CAST(custkey AS varchar(20)), date_add('day', nationkey, DATE '2024-02-29'), nan(), 1e0 / 0 FROM {Customer} WHERE custkey % 6 = 0 ORDER BY custkey", ReadSize.Large, 0),
        Unsorted("prepared", "EXECUTE p USING 11", ReadSize.Large) with
        {
            Prepared = $"SELECT * FROM {PartSupp} WHERE availqty % ? = 0",
            QuietSql = $"SELECT * FROM {PartSupp} WHERE availqty % 11 = 0",
        },

        Unsorted("empty", $"SELECT * FROM {PartSupp} WHERE availqty > 20000", ReadSize.Small),
        Sorted("empty sorted", $"SELECT * FROM {Customer} WHERE acctbal < -10000 ORDER BY custkey", ReadSize.Small, 0),

        Sequence("SHOW TABLES", "SHOW TABLES FROM tpch.sf1"),
        Sequence("SHOW FUNCTIONS", "SHOW FUNCTIONS LIKE '%array%'"),
        Sequence("DESCRIBE", $"DESCRIBE {LineItem}"),
        Sequence("EXPLAIN", $"EXPLAIN (TYPE LOGICAL) SELECT partkey, count(*) FROM {LineItem} GROUP BY partkey"),

        new("floating", $"SELECT partkey, sum(extendedprice), avg(extendedprice / 3) FROM {LineItem} WHERE linenumber < 3 GROUP BY partkey", ReadSize.Large, static () => new FloatingLesson()) { IsDeterministic = false },
        new("floating one row", $"SELECT 1, sum(supplycost / 7), avg(supplycost / 3) FROM {PartSupp}", ReadSize.Small, static () => new FloatingLesson()) { IsDeterministic = false },
        new("bare LIMIT", $"SELECT * FROM {Customer} LIMIT 50000", ReadSize.Large, static () => new MemberLesson(50_000)) { IsDeterministic = false, QuietSql = $"SELECT * FROM {Customer}" },
        new("small bare LIMIT", $"SELECT custkey, name FROM {Customer} LIMIT 100", ReadSize.Small, static () => new MemberLesson(100)) { IsDeterministic = false, QuietSql = $"SELECT custkey, name FROM {Customer}" },

        Unsorted("long", $"SELECT *, comment || comment FROM {PartSupp} WHERE suppkey % 5 = 0", ReadSize.Huge),
    ];

    /// <summary>1.1 GB, for a run of its own.</summary>
    public static ReadShape Gigabyte { get; } = Unsorted("gigabyte", $"SELECT *, linenumber + orderkey, shipmode || comment FROM {LineItem}", ReadSize.Giga);

    /// <summary>One of each rule, for a test that must be short.</summary>
    public static IReadOnlyList<ReadShape> Few { get; } =
        [.. All.Where(static shape => shape.Name is "sorted" or "more ties" or "nested" or "types" or "empty" or "EXPLAIN" or "bare LIMIT" or "long")];

    private static ReadShape Sorted(string name, string sql, ReadSize size, params int[] keys) => new(name, sql, size, () => new ExactLesson(keys));

    private static ReadShape Unsorted(string name, string sql, ReadSize size) => new(name, sql, size, static () => new ExactLesson(NoOrder));

    private static ReadShape Sequence(string name, string sql) => new(name, sql, ReadSize.Small, static () => new ExactLesson(null));
}
