using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace FaceId.Infrastructure.Search;

/// <summary>One search for one or several probes.</summary>
/// <remarks>
/// <para>
/// Blocks are looked at piece by piece: sketches first, then the templates of those faces that the sketches do not rule out. A template is
/// given up when its first components alone are too far away. What is out of reach grows with the nearest people found so far, on all threads.
/// </para>
/// <para>
/// A face that is moved or replaced meanwhile is written to the end before it vanishes where it was. So after everything was looked at, what
/// was added to the end meanwhile is looked at too, until nothing more was.
/// </para>
/// </remarks>
internal sealed unsafe class IndexSearch<TKernel>
    where TKernel : ISearchKernel
{
    /// <summary>Components that must be near enough before the others are read: a cache line.</summary>
    private const int Head = FaceIndex.DimensionStep;

    /// <summary>Components that are read between two looks at whether it is still worth while.</summary>
    private const int Part = 3 * FaceIndex.DimensionStep;

    /// <summary>Templates between what is compared and what is fetched.</summary>
    private const int Ahead = 12;

    /// <summary>The two tables that tell what is within reach.</summary>
    private const int ThresholdBytes = 2 * ISearchKernel.VectorBytes;

    /// <summary>How often a search begins because somebody whom the one before had found is not there any more.</summary>
    /// <remarks>The last one leaves out those who were removed, and keeps those who were replaced or moved.</remarks>
    private const int Attempts = 8;

    private readonly SketchRule _rule;
    private readonly IndexBlock[] _blocks;
    private readonly Probe[] _probes;
    private readonly int _limit;
    private readonly int _maximum;
    private readonly CancellationToken _cancellation;
    private readonly List<NearestPeople[]> _found = [];
    private int _next;
    private int _helping;

    /// <summary>How much of the last block was looked at.</summary>
    private int _lastCount;

    private IndexSearch(SketchRule rule, IndexBlock[] blocks, Probe[] probes, int limit, int maximum, CancellationToken cancellation)
    {
        _rule = rule;
        _blocks = blocks;
        _probes = probes;
        _limit = limit;
        _maximum = maximum;
        _cancellation = cancellation;
    }

    public static FaceMatch[][] Run(
        SketchRule rule, Func<IndexBlock[]> blocks, ReadOnlySpan<sbyte> templates, int limit, int maximum, int threads, CancellationToken cancellation)
    {
        var count = templates.Length / rule.Dimensions;
        var plans = new SketchPlan[count];
        long size = 0;
        for (var i = 0; i < count; i++)
        {
            plans[i] = new SketchPlan(rule, templates.Slice(i * rule.Dimensions, rule.Dimensions), maximum);
            size += Probe.Bytes(rule, plans[i]);
        }

        var memory = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(1, size), ISearchKernel.VectorBytes);
        try
        {
            var probes = new Probe[count];
            var at = memory;
            for (var i = 0; i < count; i++)
                probes[i] = new Probe(rule, plans[i], templates.Slice(i * rule.Dimensions, rule.Dimensions), ref at);

            for (var attempt = 1; ; attempt++)
            {
                for (var i = 0; i < count; i++)
                    probes[i].Radius = maximum;
                var found = new IndexSearch<TKernel>(rule, blocks(), probes, limit, maximum, cancellation).Run(threads, blocks);
                if (attempt == Attempts || found.All(AllThere))
                    return Array.ConvertAll(found, Matches);
            }
        }
        finally
        {
            NativeMemory.Clear(memory, (nuint)size);
            NativeMemory.AlignedFree(memory);
        }
    }

    private static bool AllThere(NearestPeople people)
    {
        foreach (ref readonly var found in people.Found)
        {
            if (found.Block.FaceIn(found.Place) != found.Match.FaceId)
                return false;
        }

        return true;
    }

    private static FaceMatch[] Matches(NearestPeople people)
    {
        var matches = new List<FaceMatch>(people.Found.Length);
        foreach (ref readonly var found in people.Found)
        {
            if (found.Block.FaceIn(found.Place) != 0)
                matches.Add(found.Match);
        }

        return [.. matches];
    }

    private NearestPeople[] Run(int threads, Func<IndexBlock[]> blocks)
    {
        for (var helper = Math.Min(threads, _blocks.Length) - 1; helper > 0; helper--)
            ThreadPool.UnsafeQueueUserWorkItem(static search => search.Help(), this, preferLocal: false);
        var people = NewPeople();
        try
        {
            Work(people);
        }
        finally
        {
            // Who has not begun yet finds nothing left to do, and touches nothing of this search but its counters.
            Interlocked.Exchange(ref _next, _blocks.Length);
            var wait = new SpinWait();
            while (Volatile.Read(ref _helping) != 0)
                wait.SpinOnce(sleep1Threshold: -1);
        }

        _cancellation.ThrowIfCancellationRequested();

        foreach (var found in _found)
        {
            for (var i = 0; i < people.Length; i++)
            {
                foreach (ref readonly var face in found[i].Found)
                    people[i].Offer(face);
            }
        }

        LookAtTheEnd(people, blocks);
        GC.KeepAlive(_blocks);
        return people;
    }

    private void LookAtTheEnd(NearestPeople[] people, Func<IndexBlock[]> blocks)
    {
        var last = _blocks.Length > 0 ? _blocks[^1] : null;
        var seen = _lastCount;
        while (true)
        {
            // The end is read after all that was looked at so far.
            Interlocked.MemoryBarrier();
            var current = blocks();
            if (last is not null && last.Count > seen)
            {
                var count = last.Count;
                Scan(last, seen, count, people);
                seen = count;
                continue;
            }

            var next = Array.FindIndex(current, block => last is null || block.Sequence > last.Sequence);
            if (next < 0)
                return;
            last = current[next];
            seen = 0;
            _cancellation.ThrowIfCancellationRequested();
        }
    }

    private void Help()
    {
        Interlocked.Increment(ref _helping);
        try
        {
            if (Volatile.Read(ref _next) >= _blocks.Length)
                return;
            var people = NewPeople();
            Work(people);
            lock (_found)
                _found.Add(people);
        }
        finally
        {
            Interlocked.Decrement(ref _helping);
        }
    }

    private NearestPeople[] NewPeople()
    {
        var people = new NearestPeople[_probes.Length];
        for (var i = 0; i < people.Length; i++)
            people[i] = new NearestPeople(_limit, _maximum);
        return people;
    }

    private void Work(NearestPeople[] people)
    {
        while (!_cancellation.IsCancellationRequested)
        {
            var next = Interlocked.Increment(ref _next) - 1;
            if (next >= _blocks.Length)
                return;
            var block = _blocks[next];
            var count = block.Count;
            if (next == _blocks.Length - 1)
                _lastCount = count;
            Scan(block, 0, count, people);
        }
    }

    // All places from one on to, but not including, another. Looking at a place twice does no harm.
    private void Scan(IndexBlock block, int from, int to, NearestPeople[] people)
    {
        if (from == to)
            return;
        var facts = block.Facts;
        var sums = stackalloc short[IndexBlock.PieceFaces];
        var found = stackalloc int[IndexBlock.PieceFaces];
        var near = stackalloc int[IndexBlock.PieceFaces];
        var tables = (byte*)NativeMemory.AlignedAlloc((nuint)(people.Length * ThresholdBytes), ISearchKernel.VectorBytes);
        var radii = people.Length <= 64 ? stackalloc int[people.Length] : new int[people.Length];
        radii.Fill(-1);
        try
        {
            for (var piece = from / IndexBlock.PieceFaces; piece * IndexBlock.PieceFaces < to; piece++)
            {
                var first = piece * IndexBlock.PieceFaces;
                var units = (Math.Min(IndexBlock.PieceFaces, to - first) + ISearchKernel.UnitFaces - 1) / ISearchKernel.UnitFaces;
                for (var i = 0; i < people.Length; i++)
                {
                    ref var probe = ref _probes[i];
                    var table = tables + i * ThresholdBytes;
                    var radius = Volatile.Read(ref probe.Radius);
                    if (radii[i] != radius)
                    {
                        radii[i] = radius;
                        WriteThreshold(probe.Plan, facts, radius, table);
                    }

                    var reached = Reached(block.Piece(piece), probe, table, sums, units, first, found);
                    if (first + units * ISearchKernel.UnitFaces > to)
                        reached = Below(to, found, reached);
                    if (reached > 0)
                        Compare(block, ref probe, found, reached, near, people[i]);
                }
            }
        }
        finally
        {
            NativeMemory.AlignedFree(tables);
        }

        GC.KeepAlive(block);
    }

    private static void WriteThreshold(SketchPlan plan, in BlockFacts facts, int radius, byte* table)
    {
        Span<short> errors = stackalloc short[SketchRule.Levels];
        Span<short> lengths = stackalloc short[SketchRule.Levels];
        plan.Threshold(facts, radius, errors, lengths);
        TKernel.WriteTable(errors, table);
        TKernel.WriteTable(lengths, table + ISearchKernel.VectorBytes);
    }

    private int Reached(byte* codes, in Probe probe, byte* threshold, short* sums, int units, int first, int* found)
    {
        for (var step = 0; step < probe.Steps; step++)
        {
            var tables = probe.Tables + step * SketchPlan.Step * ISearchKernel.VectorBytes;
            TKernel.Add(codes, probe.Columns + step * SketchPlan.Step, tables, sums, units, step == 0);
        }

        var errors = codes + (nint)_rule.Coded * IndexBlock.ColumnBytes;
        return TKernel.Reached(errors, errors + IndexBlock.ColumnBytes, threshold, probe.Steps > 0 ? sums : null, units, first, found);
    }

    private static int Below(int end, int* found, int count)
    {
        var kept = 0;
        for (var i = 0; i < count; i++)
        {
            if (found[i] < end)
                found[kept++] = found[i];
        }

        return kept;
    }

    // Templates are fetched while those before them are compared: first all heads, then the rest of those that are near enough by these.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Compare(IndexBlock block, ref Probe probe, int* found, int reached, int* near, NearestPeople people)
    {
        var dimensions = _rule.Dimensions;
        for (var i = 0; i < Math.Min(Ahead, reached); i++)
            Fetch(block.Template(found[i]));

        var radius = Volatile.Read(ref probe.Radius);
        int count = 0, done = 0;
        for (var i = 0; i < reached; i++)
        {
            if (i + Ahead < reached)
                Fetch(block.Template(found[i + Ahead]));
            var place = found[i];
            var template = block.Template(place);
            var distance = TKernel.SquaredDistance(probe.Template, template, Head);
            if (distance > radius)
                continue;
            for (var line = Head; line < dimensions; line += FaceIndex.DimensionStep)
                Fetch(template + line);
            found[count] = place;
            near[count++] = distance;
            if (count - done == Ahead)
                radius = Finish(block, ref probe, found[done], near[done++], radius, people);
        }

        while (done < count)
            radius = Finish(block, ref probe, found[done], near[done++], radius, people);
        Lower(ref probe.Radius, radius);
    }

    private int Finish(IndexBlock block, ref Probe probe, int place, int distance, int radius, NearestPeople people)
    {
        var template = block.Template(place);
        for (int from = Head, left = _rule.Dimensions - Head; left > 0 && distance <= radius; from += Part, left -= Part)
            distance += TKernel.SquaredDistance(probe.Template + from, template + from, Math.Min(left, Part));
        if (distance > radius)
            return radius;
        var user = block.UserIn(place);
        var face = block.FaceIn(place);
        if (face <= 0)
            return radius;
        people.Offer(new Found(new FaceMatch(face, user, distance), block, place));
        return Math.Min(radius, people.Radius);
    }

    private static void Lower(ref int radius, int to)
    {
        for (var now = Volatile.Read(ref radius); to < now;)
        {
            var before = Interlocked.CompareExchange(ref radius, to, now);
            if (before == now)
                return;
            now = before;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(void* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(address);
        else if (ArmBase.IsSupported)
            Unsafe.ReadUnaligned<byte>(address);
    }

    // A probe in the memory that kernels read it from.
    private struct Probe
    {
        /// <summary>Squared: what is further away is not wanted any more.</summary>
        public int Radius;

        public readonly SketchPlan Plan;

        public readonly int Steps;

        /// <summary>Where the columns begin in a piece; the first ones again at the end, in the next piece.</summary>
        public readonly int* Columns;

        public readonly byte* Tables;

        public readonly short* Template;

        public Probe(SketchRule rule, SketchPlan plan, ReadOnlySpan<sbyte> template, ref byte* memory)
        {
            Plan = plan;
            Steps = plan.Columns.Length / SketchPlan.Step;
            Tables = memory;
            Template = (short*)(Tables + plan.Columns.Length * ISearchKernel.VectorBytes);
            Columns = (int*)(Template + rule.Dimensions);
            memory += Bytes(rule, plan);

            for (var i = 0; i < template.Length; i++)
                Template[i] = template[i];
            for (var i = 0; i < plan.Columns.Length; i++)
            {
                Columns[i] = plan.Columns[i] * IndexBlock.ColumnBytes;
                TKernel.WriteTable(plan.Worth.AsSpan(i * SketchRule.Levels, SketchRule.Levels), Tables + i * ISearchKernel.VectorBytes);
            }

            for (var i = 0; i < SketchPlan.Step && Steps > 0; i++)
                Columns[plan.Columns.Length + i] = Columns[i] + rule.Codes * IndexBlock.ColumnBytes;
        }

        public static int Bytes(SketchRule rule, SketchPlan plan)
        {
            var bytes = plan.Columns.Length * ISearchKernel.VectorBytes + rule.Dimensions * sizeof(short) + (plan.Columns.Length + SketchPlan.Step) * sizeof(int);
            return (bytes + ISearchKernel.VectorBytes - 1) / ISearchKernel.VectorBytes * ISearchKernel.VectorBytes;
        }
    }
}
