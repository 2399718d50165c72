using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace FaceId.Infrastructure.Search;

/// <summary>One search for one or several probes.</summary>
/// <remarks>
/// <para>
/// Blocks are looked at in pieces small enough for a processor's first cache: sketches first, then the templates of those faces that the
/// sketches do not rule out, half of each fetched meanwhile. A template is given up when its first components alone are too far away. What is
/// out of reach shrinks with the nearest people found so far, on all threads.
/// </para>
/// <para>
/// A face that is moved or replaced meanwhile is written to the end before it vanishes where it was. So after everything was looked at, what
/// was added to the end meanwhile is looked at too, until nothing more was.
/// </para>
/// </remarks>
internal sealed unsafe class IndexSearch<TKernel>
    where TKernel : ISearchKernel
{
    /// <summary>Faces whose sketches are looked at before their templates.</summary>
    private const int Piece = 1024;

    /// <summary>Components that must be near enough before the others are read: a cache line.</summary>
    private const int Head = FaceIndex.DimensionStep;

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
        var weights = (SketchedProbe.WeightCount(rule) * sizeof(uint) + 63) / 64 * 64;
        var size = weights + rule.Dimensions * sizeof(short);
        var memory = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(1, count * size), 64);
        try
        {
            var probes = new Probe[count];
            for (var i = 0; i < count; i++)
            {
                var at = memory + (nint)i * size;
                var template = templates.Slice(i * rule.Dimensions, rule.Dimensions);
                probes[i] = new Probe { Sketch = SketchedProbe.Create(rule, template, (uint*)at), Weights = (uint*)at, Template = (short*)(at + weights) };
                for (var k = 0; k < rule.Dimensions; k++)
                    probes[i].Template[k] = template[k];
            }

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
            NativeMemory.Clear(memory, (nuint)(count * size));
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
        var found = stackalloc int[Piece];
        var near = stackalloc int[Piece];
        foreach (var somebody in people)
            somebody.ThresholdRadius = -1;
        for (var piece = from / Piece * Piece; piece < to; piece += Piece)
        {
            var faces = Math.Min(Piece, (to - piece + 63) / 64 * 64);
            var sketches = block.Sketches + (nint)(piece / IndexBlock.GroupFaces) * block.GroupBytes;
            for (var i = 0; i < people.Length; i++)
            {
                ref var probe = ref _probes[i];
                var radius = Volatile.Read(ref probe.Radius);
                if (people[i].ThresholdRadius != radius)
                {
                    people[i].ThresholdRadius = radius;
                    people[i].Threshold = probe.Sketch.Threshold(facts, radius);
                }

                var threshold = people[i].Threshold;
                if (threshold > short.MaxValue)
                    continue;
                var reached = TKernel.WithinReach(sketches, block.Vectors, probe.Weights, threshold, piece, faces, found);
                while (reached > 0 && found[reached - 1] >= to)
                    reached--;
                if (reached > 0)
                    Compare(block, ref probe, found, reached, near, people[i]);
            }
        }

        GC.KeepAlive(block);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Compare(IndexBlock block, ref Probe probe, int* found, int reached, int* near, NearestPeople people)
    {
        for (var i = 0; i < reached; i++)
            Fetch(block.Template(found[i]));

        var radius = Volatile.Read(ref probe.Radius);
        var count = 0;
        for (var i = 0; i < reached; i++)
        {
            var template = block.Template(found[i]);
            var distance = TKernel.SquaredDistance(probe.Template, template, Head);
            if (distance > radius)
                continue;
            for (var line = Head; line < _rule.Dimensions; line += FaceIndex.DimensionStep)
                Fetch(template + line);
            found[count] = found[i];
            near[count++] = distance;
        }

        for (var i = 0; i < count; i++)
        {
            var place = found[i];
            var template = block.Template(place);
            var distance = near[i];
            for (var line = Head; line < _rule.Dimensions && distance <= radius; line += FaceIndex.DimensionStep)
                distance += TKernel.SquaredDistance(probe.Template + line, template + line, FaceIndex.DimensionStep);
            if (distance > radius)
                continue;
            var user = block.UserIn(place);
            var face = block.FaceIn(place);
            if (face <= 0)
                continue;
            people.Offer(new Found(new FaceMatch(face, user, distance), block, place));
            radius = Math.Min(radius, people.Radius);
        }

        Lower(ref probe.Radius, radius);
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

    private struct Probe
    {
        public SketchedProbe Sketch;
        public uint* Weights;
        public short* Template;
        public int Radius;
    }
}
