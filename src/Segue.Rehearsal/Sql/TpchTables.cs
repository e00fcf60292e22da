namespace Segue.Rehearsal.Sql;

/// <summary>Small tables in the shape of the engines' tpch connector; the same rows at every start.</summary>
internal static class TpchTables
{
    public const string Script = """
        CREATE TABLE tpch.region(regionkey BIGINT, name VARCHAR, comment VARCHAR);
        INSERT INTO tpch.region VALUES (0,'AFRICA',''),(1,'AMERICA',''),(2,'ASIA',''),(3,'EUROPE',''),(4,'MIDDLE EAST','');
        CREATE TABLE tpch.nation(nationkey BIGINT, name VARCHAR, regionkey BIGINT, comment VARCHAR);
        INSERT INTO tpch.nation VALUES (0,'ALGERIA',0,''),(1,'ARGENTINA',1,''),(2,'BRAZIL',1,''),(3,'CANADA',1,''),(4,'EGYPT',4,''),
          (5,'ETHIOPIA',0,''),(6,'FRANCE',3,''),(7,'GERMANY',3,''),(8,'INDIA',2,''),(9,'INDONESIA',2,''),(10,'IRAN',4,''),(11,'IRAQ',4,''),
          (12,'JAPAN',2,''),(13,'JORDAN',4,''),(14,'KENYA',0,''),(15,'MOROCCO',0,''),(16,'MOZAMBIQUE',0,''),(17,'PERU',1,''),(18,'CHINA',2,''),
          (19,'ROMANIA',3,''),(20,'SAUDI ARABIA',4,''),(21,'VIETNAM',2,''),(22,'RUSSIA',3,''),(23,'UNITED KINGDOM',3,''),(24,'UNITED STATES',1,'');
        CREATE TABLE tpch.customer(custkey BIGINT, name VARCHAR, nationkey BIGINT, acctbal DOUBLE, mktsegment VARCHAR);
        INSERT INTO tpch.customer WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 1500)
          SELECT n, printf('Customer#%09d', n), n * 7919 % 25, (n * 104729 % 1100000) / 100.0 - 999.99,
            CASE n % 5 WHEN 0 THEN 'AUTOMOBILE' WHEN 1 THEN 'BUILDING' WHEN 2 THEN 'FURNITURE' WHEN 3 THEN 'HOUSEHOLD' ELSE 'MACHINERY' END FROM s;
        CREATE TABLE tpch.orders(orderkey BIGINT, custkey BIGINT, orderstatus VARCHAR, totalprice DOUBLE, orderdate DATE, orderpriority VARCHAR, clerk VARCHAR);
        INSERT INTO tpch.orders WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 15000)
          SELECT n, n * 7919 % 1500 + 1, CASE n % 3 WHEN 0 THEN 'F' WHEN 1 THEN 'O' ELSE 'P' END, (n * 104729 % 50000000) / 100.0,
            date('1992-01-01', (n * 31 % 2400) || ' days'), (n % 5 + 1) || '-PRIORITY', printf('Clerk#%09d', n % 1000) FROM s;
        CREATE TABLE tpch.lineitem(orderkey BIGINT, linenumber BIGINT, partkey BIGINT, quantity DOUBLE, extendedprice DOUBLE, discount DOUBLE,
          returnflag VARCHAR, linestatus VARCHAR, shipdate DATE);
        INSERT INTO tpch.lineitem WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < 59999)
          SELECT n / 4 + 1, n % 4 + 1, n * 7919 % 2000 + 1, n % 50 + 1.0, (n * 15485863 % 9000000) / 100.0, (n % 11) / 100.0,
            CASE n % 3 WHEN 0 THEN 'A' WHEN 1 THEN 'N' ELSE 'R' END, CASE n % 2 WHEN 0 THEN 'F' ELSE 'O' END,
            date('1992-02-01', (n * 17 % 2500) || ' days') FROM s;
        """;
}
