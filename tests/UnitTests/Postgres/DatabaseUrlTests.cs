using System.Net.Sockets;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Postgres;
using Npgsql;

namespace FaceId.UnitTests.Postgres;

public sealed class DatabaseUrlTests
{
    private const string Password = "s3cr3t";

    [TestCase("postgres://ada:s3cr3t@db.example:6543/facedb", "db.example", 6543, "ada", "s3cr3t", "facedb")]
    [TestCase("postgresql://ada:s3cr3t@db.example/facedb", "db.example", 5432, "ada", "s3cr3t", "facedb")]
    [TestCase("POSTGRES://ada@db.example:/facedb", "db.example", 5432, "ada", null, "facedb")]
    [TestCase("postgres://a%40da:p%2F%3F%23%25%3A@h/my%20faces", "h", 5432, "a@da", "p/?#%:", "my faces")]
    [TestCase("postgres://ada:p@ss#w:rd@h/facedb", "h", 5432, "ada", "p@ss#w:rd", "facedb")]
    [TestCase("postgres://ada:p+w@h/facedb", "h", 5432, "ada", "p+w", "facedb")]
    [TestCase("postgres://ada@[2001:db8::1]:6543/facedb", "2001:db8::1", 6543, "ada", null, "facedb")]
    [TestCase("postgres://ada@[::1]/facedb", "::1", 5432, "ada", null, "facedb")]
    [TestCase("postgres://ada@10.0.0.7/facedb", "10.0.0.7", 5432, "ada", null, "facedb")]
    [TestCase("postgres:///facedb?host=/var/run/postgresql&user=ada", "/var/run/postgresql", 5432, "ada", null, "facedb")]
    [TestCase("postgres:///facedb?host=/var/run/postgresql", "/var/run/postgresql", 5432, null, null, "facedb")]
    [TestCase("postgres://ada@%2Fvar%2Frun%2Fpostgresql/facedb", "/var/run/postgresql", 5432, "ada", null, "facedb")]
    [TestCase("postgres://?host=h&port=6543&user=ada&password=s3cr3t&dbname=facedb", "h", 6543, "ada", "s3cr3t", "facedb")]
    [TestCase("Host=h;Port=6543;Username=ada;Password=s3cr3t;Database=facedb", "h", 6543, "ada", "s3cr3t", "facedb")]
    [TestCase("Server=h;User Id=ada;Password='a;b=c://d';Database=facedb;", "h", 5432, "ada", "a;b=c://d", "facedb")]
    public void Each_part_is_read(string value, string host, int port, string? user, string? password, string database)
    {
        var parsed = DatabaseUrl.Parse($"  {value}\n");

        Assert.Multiple(() =>
        {
            Assert.That(parsed.Host, Is.EqualTo(host));
            Assert.That(parsed.Port, Is.EqualTo(port));
            Assert.That(parsed.Username, Is.EqualTo(user));
            Assert.That(parsed.Password, Is.EqualTo(password));
            Assert.That(parsed.Database, Is.EqualTo(database));
        });
    }

    [Test]
    public void Several_hosts_keep_their_ports()
    {
        var parsed = DatabaseUrl.Parse("postgres://ada@one:6543,two,[::1]:7654/facedb?target_session_attrs=read-write");

        Assert.Multiple(() =>
        {
            Assert.That(parsed.Host, Is.EqualTo("one:6543,two:5432,[::1]:7654"));
            Assert.That(parsed.TargetSessionAttributes, Is.EqualTo("read-write"));
        });
    }

    [Test]
    public void The_parameters_of_libpq_and_of_Npgsql_are_understood()
    {
        var parsed = DatabaseUrl.Parse(
            "postgres://ada@h/facedb?sslmode=verify-full&sslrootcert=%2Fca.pem&connect_timeout=3&application_name=door%201"
            + "&channel_binding=require&keepalives=1&Maximum%20Pool%20Size=7&options=-c%20statement_timeout%3D5s");

        Assert.Multiple(() =>
        {
            Assert.That(parsed.SslMode, Is.EqualTo(SslMode.VerifyFull));
            Assert.That(parsed.RootCertificate, Is.EqualTo("/ca.pem"));
            Assert.That(parsed.Timeout, Is.EqualTo(3));
            Assert.That(parsed.ApplicationName, Is.EqualTo("door 1"));
            Assert.That(parsed.ChannelBinding, Is.EqualTo(ChannelBinding.Require));
            Assert.That(parsed.TcpKeepAlive, Is.True);
            Assert.That(parsed.MaxPoolSize, Is.EqualTo(7));
            Assert.That(parsed.Options, Is.EqualTo("-c statement_timeout=5s"));
        });
    }

    [Test]
    public void Our_defaults_give_way_to_what_is_written()
    {
        var plain = DatabaseUrl.Parse("postgres://ada@h/facedb");
        var own = DatabaseUrl.Parse("Host=h;Username=ada;Database=facedb;Maximum Pool Size=100;Application Name=x");

        Assert.Multiple(() =>
        {
            Assert.That((plain.MaxPoolSize, plain.ApplicationName, plain.GssEncryptionMode), Is.EqualTo((30, "faceid", GssEncryptionMode.Disable)));
            Assert.That((own.MaxPoolSize, own.ApplicationName), Is.EqualTo((100, "x")));
        });
    }

    [TestCase("", "is empty")]
    [TestCase("mysql://ada:s3cr3t@h/facedb", "scheme 'mysql'")]
    [TestCase("jdbc:postgresql://ada:s3cr3t@h/facedb", "scheme 'jdbc:postgresql'")]
    [TestCase("s3cr3t word://h/facedb", "scheme is not")]
    [TestCase("s3cr3t", "neither a postgres:// URL nor")]
    [TestCase("postgres:ada:s3cr3t@h/facedb", "neither a postgres:// URL nor")]
    [TestCase("postgres://ada:s3cr3t@/facedb", "host is missing")]
    [TestCase("postgres:///facedb", "host is missing")]
    [TestCase("postgres://ada:s3cr3t@:5432/facedb", "host is missing")]
    [TestCase("postgres://ada:s3cr3t@a,,b/facedb", "host is missing")]
    [TestCase("postgres://ada:s3cr3t@h h/facedb", "host holds a character")]
    [TestCase("postgres://ada:s3cr3t@[::1/facedb", "IPv6")]
    [TestCase("postgres://ada:s3cr3t@[h]/facedb", "IPv6")]
    [TestCase("postgres://ada:s3cr3t@[::1]5432/facedb", "follows the host's ']'")]
    [TestCase("postgres://ada:s3cr3t@::1/facedb", "more than one ':'")]
    [TestCase("postgres://ada:s3cr3t@h:0/facedb", "port")]
    [TestCase("postgres://ada:s3cr3t@h:65536/facedb", "port")]
    [TestCase("postgres://ada:s3cr3t@h:-1/facedb", "port")]
    [TestCase("postgres://ada:s3cr3t/facedb", "port")]
    [TestCase("postgres://h/facedb", "user is missing")]
    [TestCase("postgres://ada:s3cr3t@h", "database's name is missing")]
    [TestCase("postgres://ada:s3cr3t@h/", "database's name is missing")]
    [TestCase("postgres://a%4:s3cr3t@h/facedb", "user holds a '%'")]
    [TestCase("postgres://ada:s3cr3t%@h/facedb", "password holds a '%'")]
    [TestCase("postgres://ada:s3cr3t%zz@h/facedb", "password holds a '%'")]
    [TestCase("postgres://ada:s3cr3t%00@h/facedb", "password holds a zero byte")]
    [TestCase("postgres://ada:s3cr3t@h/facedb%", "database's name holds a '%'")]
    [TestCase("postgres://ada:s3cr3t@h/face%db", "database's name holds escaped bytes")]
    [TestCase("postgres://ada:s3/cr3t@h/facedb", "%2F")]
    [TestCase("postgres://ada:s3?cr3t@h/facedb", "%2F")]
    [TestCase("postgres://ada:s3@/cr3t@h/facedb", "%2F")]
    [TestCase("postgres://ada:s3cr3t@h/facedb?sslmod=require", "parameter 'sslmod' is unknown; did you mean 'sslmode'?")]
    [TestCase("postgres://ada:s3cr3t@h/facedb?colour=red", "parameter 'colour' is unknown.")]
    [TestCase("postgres://ada:s3cr3t@h/facedb?sslmode=maybe", "'sslmode' is not valid; write disable")]
    [TestCase("postgres://ada:s3cr3t@h/facedb?connect_timeout=soon", "'connect_timeout' is not valid")]
    [TestCase("postgres://ada:s3cr3t@h/facedb?port=x", "port")]
    [TestCase("postgres://ada:s3cr3t@h/facedb?sslmode", "not name=value")]
    [TestCase("postgres://ada:s3cr3t@h/facedb?options=%", "parameter 'options' holds a '%'")]
    [TestCase("Host=h;Username=ada;Password=s3cr3t", "database's name is missing")]
    [TestCase("Username=ada;Password=s3cr3t;Database=facedb", "host is missing")]
    [TestCase("Host=h;Password=s3cr3t;Database=facedb", "user is missing")]
    [TestCase("Host=h;Prot=1;Password=s3cr3t", "keyword 'prot' is unknown; did you mean 'Port'?")]
    [TestCase("Host=h;Password=s3cr3t;Databse=facedb", "did you mean 'Database'?")]
    [TestCase("Host=h;Password=x;s3cr3t=y;Database=facedb", "quotes")]
    [TestCase("Host=h;Password=x;s3cr3t", "neither a postgres:// URL nor")]
    [TestCase("Host=h;Password=s3cr3t;Port=s3cr3t", "port")]
    [TestCase("Host=h;Password=s3cr3t;Timeout=s3cr3t", "'timeout' is not valid")]
    [TestCase("Host=h;Password=s3cr3t;SSL Mode=s3cr3t", "'ssl mode' is not valid")]
    [TestCase("host=h user=ada password=s3cr3t dbname=facedb", "libpq's list")]
    public void A_wrong_part_is_named_in_one_line_without_the_password(string value, string part)
    {
        var error = Assert.Throws<StartupException>(() => DatabaseUrl.Parse(value));

        Assert.Multiple(() =>
        {
            Assert.That(error.Message, Does.StartWith("DATABASE_URL: ").And.Contain(part).And.Not.Contain("\n"));
            // The whole chain, stack traces too, and both halves of a password that was cut in two.
            Assert.That(error.ToString(), Does.Not.Contain(Password).And.Not.Contain("cr3t").And.Not.Contain("s3cr"));
            Assert.That(error.InnerException, Is.Null);
        });
    }

    [TestCase("postgres://ada:s3cr3t@h:6543/facedb?sslmode=require", "postgres://ada@h:6543/facedb")]
    [TestCase("postgres://ada:s3cr3t@[::1]/facedb", "postgres://ada@[::1]:5432/facedb")]
    [TestCase("postgres:///facedb?host=/run/pg&user=ada&password=s3cr3t", "postgres://ada@/facedb over the socket in /run/pg")]
    public void A_description_leaves_the_password_out(string value, string description)
    {
        Assert.That(DatabaseUrl.Describe(DatabaseUrl.Parse(value)), Is.EqualTo(description));
    }

    [TestCase("28P01", "password of user 'ada' is wrong")]
    [TestCase("28000", "does not admit user 'ada'")]
    [TestCase("3D000", "no database 'facedb'")]
    [TestCase("42501", "may not connect to database 'facedb'")]
    [TestCase("53300", "no free connection")]
    [TestCase("57P03", "Try again")]
    [TestCase("XX000", "refused the connection")]
    public void A_refusal_by_the_server_names_the_part_that_is_wrong(string state, string part)
    {
        AssertExplained(new PostgresException("it said no", "FATAL", "FATAL", state), part);
    }

    [TestCase(SocketError.HostNotFound, "host 'db.example' is not known")]
    [TestCase(SocketError.TryAgain, "name server")]
    [TestCase(SocketError.ConnectionRefused, "nothing listens on db.example:6543")]
    [TestCase(SocketError.TimedOut, "no answer from db.example:6543")]
    [TestCase(SocketError.NetworkUnreachable, "cannot be reached")]
    [TestCase(SocketError.AccessDenied, "may not be opened")]
    public void A_failure_of_the_network_names_host_and_port(SocketError failure, string part)
    {
        AssertExplained(new NpgsqlException("Failed to connect", new SocketException((int)failure)), part);
        AssertExplained(new NpgsqlException("Failed to connect", new AggregateException(new SocketException((int)failure))), part);
    }

    [Test]
    public void Other_failures_are_named_too()
    {
        AssertExplained(new NpgsqlException("x", new TimeoutException()), "no answer from db.example:6543 within 10 s");
        AssertExplained(new NpgsqlException("x", new EndOfStreamException()), "Is PostgreSQL what listens there?");
        AssertExplained(new NpgsqlException("x", new System.Security.Authentication.AuthenticationException("bad certificate.")), "TLS with db.example:6543 failed: bad certificate.");
        AssertExplained(new NpgsqlException("SSL connection requested. No SSL enabled connection from this host is configured."), "sslmode");
        AssertExplained(new NpgsqlException("No password has been provided but the backend requires one (in MD5)"), "wants a password for user 'ada'");
        AssertExplained(new FileNotFoundException("x", "/ca.pem"), "/ca.pem that it names does not exist");
        AssertExplained(new NpgsqlException($"something with {Password} in it"), "something with *** in it");
    }

    [Test]
    public async Task A_real_refusal_by_the_machine_is_explained()
    {
        using var taken = new TcpListener(System.Net.IPAddress.Loopback, port: 0);
        taken.Start();
        var port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;
        taken.Stop();

        Assert.That(await ExplainRealAsync($"postgres://ada:{Password}@127.0.0.1:{port}/facedb"), Does.Contain($"nothing listens on 127.0.0.1:{port}"));
        Assert.That(await ExplainRealAsync($"postgres://ada:{Password}@/facedb?host=/nowhere"), Does.Contain("there is no socket /nowhere/.s.PGSQL.5432"));
    }

    private static void AssertExplained(Exception exception, string part)
    {
        var error = DatabaseUrl.Explain(exception, DatabaseUrl.Parse($"postgres://ada:{Password}@db.example:6543/facedb"));

        Assert.Multiple(() =>
        {
            Assert.That(error.Message, Does.StartWith("DATABASE_URL: ").And.Contain(part).And.Not.Contain("\n"));
            Assert.That(error.ToString(), Does.Not.Contain(Password));
        });
    }

    private static async Task<string> ExplainRealAsync(string value)
    {
        var database = DatabaseUrl.Parse(value);
        await using var connection = new NpgsqlConnection(database.ConnectionString);
        var failure = Assert.CatchAsync(() => connection.OpenAsync());
        var error = DatabaseUrl.Explain(failure, database);
        Assert.That(error.ToString(), Does.Not.Contain(Password));
        return error.Message;
    }
}
