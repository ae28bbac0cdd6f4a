using System;
using System.Collections.Generic;
using System.Numerics;

namespace DeepLabDsl;

/// <summary>
/// One road scene. Lengths are in metres and seen by a camera above the road: <c>nearness</c> is 0 at the horizon and 1 at
/// the picture's lower edge, and a length's pixels are proportional to it.
/// </summary>
internal sealed class DemoScene
{
    private const byte Sky = 0;
    private const byte Hill = 1;
    private const byte Grass = 2;
    private const byte Road = 3;
    private const byte Building = 4;
    private const byte Tree = 5;
    private const byte Car = 6;
    private const byte Person = 7;

    private const float CameraHeight = 3.1f;
    private const float RoadHalfWidth = 3.3f;

    private static readonly Vector3[] Walls =
        [new(.93f, .88f, .78f), new(.86f, .74f, .60f), new(.80f, .52f, .42f), new(.74f, .80f, .84f), new(.95f, .93f, .90f)];

    private static readonly Vector3[] Roofs = [new(.62f, .26f, .18f), new(.42f, .24f, .20f), new(.34f, .36f, .42f)];

    private static readonly Vector3[] Paints =
    [
        new(.80f, .12f, .12f), new(.12f, .30f, .70f), new(.92f, .92f, .92f), new(.95f, .72f, .10f), new(.10f, .48f, .40f),
        new(.16f, .17f, .20f), new(.88f, .42f, .10f),
    ];

    private static readonly Vector3[] Clothes =
    [
        new(.85f, .20f, .25f), new(.15f, .40f, .80f), new(.95f, .75f, .15f), new(.60f, .25f, .65f), new(.20f, .60f, .50f),
        new(.92f, .92f, .88f),
    ];

    private static readonly Vector3[] Skins = [new(.95f, .78f, .66f), new(.80f, .58f, .42f), new(.48f, .32f, .22f)];

    private readonly SeededRandom _random;
    private readonly DemoCanvas _canvas;
    private readonly Light _light;
    private readonly uint _noise;
    private readonly float _width;
    private readonly float _height;
    private readonly float _horizon;
    private readonly float _vanishing;
    private readonly float _bend;

    public DemoScene(ulong seed, int width, int height)
    {
        _random = new SeededRandom(seed);
        _canvas = new DemoCanvas(width, height);
        _noise = (uint)_random.NextBits();
        _width = width;
        _height = height;
        _light = Light.Draw(_random);
        _horizon = height * Between(0.36f, 0.47f);
        _vanishing = width * Between(0.38f, 0.62f);
        _bend = width * Between(-0.28f, 0.28f);
    }

    public SegmentationSample Draw(string name)
    {
        DrawSky();
        DrawHills();
        DrawGround();
        foreach (var (_, draw) in PlaceThings())
            draw();
        var (image, labels) = Finish();
        return new SegmentationSample(name, image, labels);
    }

    private float Between(float low, float high) => (float)_random.NextDouble(low, high);

    private Vector3 Pick(Vector3[] colors) => colors[_random.Next(0, colors.Length)];

    private Vector3 Vary(Vector3 color, float amount) =>
        Vector3.Clamp(color * Between(1 - amount, 1 + amount) + new Vector3(Between(-amount, amount), 0, Between(-amount, amount)) * 0.3f,
            Vector3.Zero, Vector3.One);

    private float RowOf(float nearness) => _horizon + nearness * (_height - _horizon);

    private float NearnessOf(float y) => (y - _horizon) / (_height - _horizon);

    private float PixelsPerMetre(float nearness) => nearness * (_height - _horizon) / CameraHeight;

    private float MiddleOf(float nearness)
    {
        var far = 1 - nearness;
        return _width / 2 + (_vanishing - _width / 2) * far + _bend * far * far * far;
    }

    // What is far away takes on the colour of the air.
    private Vector3 Haze(Vector3 color, float nearness) =>
        Vector3.Lerp(color, _light.Horizon, _light.Haze * MathF.Exp(-nearness * 9));

    private void DrawSky()
    {
        _canvas.Fill(0, 0, _width, _height, Sky, (_, _) => true, (_, y) =>
            Vector3.Lerp(_light.Zenith, _light.Horizon, MathF.Pow(Math.Clamp(y / _horizon, 0, 1), 0.85f)));

        if (_light.SunHeight > 0)
        {
            var x = _width * (_light.SunSide < 0 ? Between(0.06f, 0.42f) : Between(0.58f, 0.94f));
            var y = _horizon * (1 - _light.SunHeight);
            var radius = _height * Between(0.030f, 0.045f);
            _canvas.Tint(0, 0, _width, _horizon, _light.Sun, (px, py) =>
            {
                var distance = MathF.Sqrt((px - x) * (px - x) + (py - y) * (py - y)) / radius;
                return distance < 1 ? 1 : 0.6f * MathF.Exp(-(distance - 1) * 0.55f);
            });
        }

        var clouds = _random.Next(_light.Clouds, _light.Clouds + 4);
        for (var i = 0; i < clouds; i++)
            DrawCloud(Between(-0.05f, 1.05f) * _width, Between(0.08f, 0.72f) * _horizon, Between(0.07f, 0.17f) * _width);
    }

    private void DrawCloud(float x, float y, float size)
    {
        var puffs = new (float X, float Y, float Radius)[_random.Next(5, 9)];
        for (var i = 0; i < puffs.Length; i++)
        {
            var along = 2f * i / (puffs.Length - 1) - 1;
            var radius = size * (0.42f - 0.22f * along * along) * Between(0.75f, 1.2f);
            puffs[i] = (x + along * size, y - radius * 0.45f, radius);
        }
        var strength = Between(0.65f, 0.95f);
        float Cover(float px, float py, float grow)
        {
            var cover = 0f;
            foreach (var puff in puffs)
            {
                var dx = (px - puff.X) / (puff.Radius * grow);
                var dy = (py - puff.Y) / (puff.Radius * grow * 0.8f);
                cover = Math.Max(cover, 1 - (dx * dx + dy * dy));
            }
            var flat = Math.Clamp((y + size * 0.12f - py) / (size * 0.12f), 0, 1);
            return Math.Clamp(cover * 2.2f, 0, 1) * flat;
        }
        var (left, top, right, bottom) = (x - size * 1.7f, y - size, x + size * 1.7f, y + size * 0.2f);
        _canvas.Tint(left, top, right, Math.Min(bottom, _horizon), _light.CloudShade, (px, py) => strength * Cover(px, py, 1));
        _canvas.Tint(left, top, right, Math.Min(bottom, _horizon), _light.Cloud, (px, py) =>
            strength * Cover(px - _light.SunSide * size * 0.05f, py + size * 0.09f, 0.92f));
    }

    private void DrawHills()
    {
        for (var layer = 0; layer < 2; layer++)
        {
            var rise = _height * (layer == 0 ? Between(0.08f, 0.17f) : Between(0.03f, 0.08f));
            var phase = (Between(0, 6.3f), Between(0, 6.3f), Between(0, 6.3f));
            var waves = (Between(1.2f, 2.6f), Between(3, 5.5f), Between(8, 13));
            var ground = Vary(layer == 0 ? new Vector3(.32f, .42f, .46f) : new Vector3(.30f, .44f, .30f), 0.15f);
            var color = Vector3.Lerp(_light.Shine(ground), _light.Horizon, layer == 0 ? 0.42f : 0.22f);
            float Top(float x)
            {
                var u = x / _width * 6.2832f;
                var wave = 0.55f + 0.28f * MathF.Sin(u * waves.Item1 / 2 + phase.Item1)
                    + 0.13f * MathF.Sin(u * waves.Item2 / 2 + phase.Item2) + 0.04f * MathF.Sin(u * waves.Item3 / 2 + phase.Item3);
                return _horizon + 1 - rise * wave;
            }
            var seed = _noise + (uint)layer;
            _canvas.Fill(0, _horizon - rise * 1.1f, _width, _horizon + 2, Hill, (x, y) => y >= Top(x), (x, y) =>
            {
                var slope = (Top(x + 1) - Top(x - 1)) * _light.SunSide * -0.10f;
                var forest = (Noise(seed, x * 60 / _width, y * 90 / _height) - 0.5f) * 0.16f;
                return color * (1 + slope + forest);
            });
        }
    }

    private void DrawGround()
    {
        var grass = Vary(new Vector3(.36f, .54f, .22f), 0.18f);
        var dry = Vector3.Lerp(grass, new Vector3(.66f, .60f, .32f), 0.55f);
        _canvas.Fill(0, _horizon, _width, _height, Grass, (_, y) => y >= _horizon, (x, y) =>
        {
            var nearness = Math.Max(0.01f, NearnessOf(y));
            var across = (x - _width / 2) / nearness;
            var patch = Noise(_noise + 11, across * 9 / _width, 5 / nearness);
            var blades = Noise(_noise + 12, x * 200 / _width, y * 150 / _height) - 0.5f;
            var color = Vector3.Lerp(grass, dry, Math.Clamp(patch * 1.5f - 0.35f, 0, 1));
            return Haze(_light.Shine(color * (0.95f + blades * (0.12f + 0.28f * nearness))), nearness);
        });

        var asphalt = Vary(new Vector3(.36f, .36f, .38f), 0.14f);
        var paint = new Vector3(.90f, .89f, .84f);
        var middle = _random.NextBool(0.3) ? new Vector3(.92f, .74f, .20f) : paint;
        var phase = Between(0, 1);
        _canvas.Fill(0, _horizon, _width, _height, Road, (x, y) =>
        {
            var nearness = NearnessOf(y);
            return nearness > 0.004f && Math.Abs(x - MiddleOf(nearness)) < RoadHalfWidth * PixelsPerMetre(nearness);
        }, (x, y) =>
        {
            var nearness = NearnessOf(y);
            var metres = (x - MiddleOf(nearness)) / PixelsPerMetre(nearness);
            var grain = Noise(_noise + 21, x * 260 / _width, y * 200 / _height) - 0.5f;
            var wear = Noise(_noise + 22, metres * 0.9f, 3 / nearness) - 0.5f;
            var color = asphalt * (1 + grain * 0.22f + wear * 0.16f);
            var dash = 0.9f / nearness + phase;
            if (Math.Abs(Math.Abs(metres) - (RoadHalfWidth - 0.28f)) < 0.09f)
                color = Vector3.Lerp(color, paint, 0.85f);
            else if (Math.Abs(metres) < 0.10f && dash - MathF.Floor(dash) < 0.55f)
                color = Vector3.Lerp(color, middle, 0.9f);
            return Haze(_light.Shine(color), nearness);
        });
    }

    /// <summary>What stands on the ground, from the farthest to the nearest.</summary>
    private List<(float Nearness, Action Draw)> PlaceThings()
    {
        var things = new List<(float Nearness, Action Draw)>();
        var plots = new List<(float Nearness, float Side)>();

        var houses = _random.Next(1, 5);
        for (var i = 0; i < houses; i++)
        {
            var nearness = Between(0.09f, 0.34f);
            var side = _random.NextBool() ? 1f : -1f;
            if (plots.Exists(p => p.Side == side && Math.Abs(p.Nearness - nearness) < 0.06f))
                continue;
            plots.Add((nearness, side));
            var x = side * (RoadHalfWidth + Between(4.5f, 9));
            things.Add((nearness, House(x, nearness)));
        }
        var trees = _random.Next(7, 16);
        for (var i = 0; i < trees; i++)
        {
            var nearness = 0.05f + 0.55f * MathF.Pow(Between(0, 1), 1.8f);
            var side = _random.NextBool() ? 1f : -1f;
            var x = side * (RoadHalfWidth + Between(1.6f, 3 + 9 * (1 - nearness)));
            things.Add((nearness, _random.NextBool(0.3) ? Conifer(x, nearness) : Broadleaf(x, nearness)));
        }
        var cars = new List<(float Nearness, bool Right)>();
        for (var i = _random.Next(1, 5); i > 0; i--)
        {
            var nearness = Between(0.13f, 0.78f);
            var right = _random.NextBool();
            if (cars.Exists(c => c.Right == right && Math.Abs(c.Nearness - nearness) < 0.12f + 0.2f * nearness))
                continue;
            cars.Add((nearness, right));
            things.Add((nearness, Vehicle((right ? 1 : -1) * Between(1.45f, 1.75f), nearness, comes: !right)));
        }
        for (var i = _random.Next(0, 5); i > 0; i--)
        {
            var nearness = Between(0.16f, 0.66f);
            var x = (_random.NextBool() ? 1 : -1) * Between(RoadHalfWidth + 0.3f, RoadHalfWidth + 1.5f);
            things.Add((nearness, Walker(x, nearness)));
        }
        things.Sort((a, b) => a.Nearness.CompareTo(b.Nearness));
        return things;
    }

    // The ground around the foot of a thing, darker on the side away from the sun.
    private void Shadow(float x, float y, float halfWidth, float halfHeight)
    {
        x -= _light.SunSide * halfWidth * 0.35f;
        _canvas.Tint(x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight, _light.Shadow, (px, py) =>
        {
            var dx = (px - x) / halfWidth;
            var dy = (py - y) / halfHeight;
            return _light.ShadowStrength * Math.Clamp((1 - dx * dx - dy * dy) * 2, 0, 1);
        });
    }

    private Action House(float metres, float nearness)
    {
        var scale = PixelsPerMetre(nearness);
        var halfFront = Between(2.2f, 3.6f) * scale;
        var depth = Between(2.0f, 3.6f) * scale;
        var wall = Between(2.6f, 5.4f) * scale;
        var roof = Between(1.4f, 2.4f) * scale;
        var wallColor = Vary(Pick(Walls), 0.08f);
        var roofColor = Vary(Pick(Roofs), 0.12f);
        var floors = wall > 4 * scale ? 2 : 1;
        var windows = _random.Next(2, 4);
        var chimney = _random.NextBool(0.6);
        var lit = new bool[floors * windows];
        for (var i = 0; i < lit.Length; i++)
            lit[i] = _random.NextBool(0.7);

        return () =>
        {
            var x = MiddleOf(nearness) + metres * scale;
            var y = RowOf(nearness);
            // The flank that faces the road is seen too.
            var flank = -MathF.Sign(metres);
            var flankEnd = x + flank * (halfFront + depth * 0.55f);
            var flankFoot = y - depth * 0.10f;
            var frontEdge = x + flank * halfFront;
            var top = y - wall;
            var peak = top - roof;
            Shadow(x, y, halfFront * 1.7f, 0.8f * scale);

            Vector3 Lit(Vector3 color, float facing) =>
                Haze(_light.Shine(color * (1 + 0.20f * facing * _light.Directness)), nearness);
            var frontLight = Lit(wallColor, 0.15f);
            var flankLight = Lit(wallColor * 0.86f, flank * _light.SunSide);
            var roofLight = Lit(roofColor, flank * _light.SunSide * 0.8f);

            bool InFlank(float px, float py)
            {
                var part = (px - frontEdge) / (flankEnd - frontEdge);
                return part is >= 0 and <= 1 && py >= top - (y - flankFoot) * 0.3f * part && py <= y + (flankFoot - y) * part;
            }
            bool InRoof(float px, float py)
            {
                // From the gable's edge to the ridge, along the flank.
                var up = (top - py) / roof;
                var start = frontEdge - flank * halfFront * up;
                var end = flankEnd - flank * (halfFront * 0.85f) * up;
                return up is >= -0.06f and <= 1 && (px - start) * flank >= -0.2f * scale && (px - end) * flank <= 0.25f * scale;
            }
            var (left, right) = (Math.Min(x - halfFront, flankEnd) - scale, Math.Max(x + halfFront, flankEnd) + scale);
            if (chimney)
            {
                var (cx, half) = (x + flank * depth * 0.3f, 0.28f * scale);
                Rectangle(cx - half, peak - 0.7f * scale, cx + half, top, Building, Lit(new Vector3(.5f, .3f, .25f), 0));
            }
            _canvas.Fill(left, top - roof, right, y, Building, InFlank, (_, _) => flankLight);
            _canvas.Fill(left, peak - scale, right, y, Building, InRoof, (_, py) =>
                roofLight * (0.94f + 0.10f * (MathF.Floor(py * 7 / scale) % 2)));
            _canvas.Fill(left, peak - scale, right, y + 1, Building, (px, py) =>
                Math.Abs(px - x) <= halfFront && py <= y && (py >= top || Math.Abs(px - x) <= halfFront * (1 - (top - py) / roof)),
                (_, py) => frontLight * (1.03f - 0.10f * (py - peak) / (y - peak)));
            // The gable's eaves.
            _canvas.Fill(left, peak - scale, right, top + scale, Building, (px, py) =>
            {
                var edge = (top - py) / roof;
                return edge is >= -0.08f and <= 1.1f
                    && Math.Abs(Math.Abs(px - x) - halfFront * (1 - edge)) < 0.16f * scale && Math.Abs(px - x) <= halfFront * 1.08f;
            }, (_, _) => roofLight * 0.85f);

            var glass = Haze(_light.Shine(new Vector3(.22f, .28f, .36f)) + _light.Horizon * 0.12f, nearness);
            var frame = Haze(_light.Shine(new Vector3(.95f, .94f, .90f)), nearness);
            var storey = wall / floors;
            for (var floor = 0; floor < floors; floor++)
            {
                for (var window = 0; window < windows; window++)
                {
                    var wx = x + halfFront * (2f * (window + 0.5f) / windows - 1);
                    var wy = y - storey * (floor + 0.55f);
                    var (half, tall) = (halfFront * 0.42f / windows, storey * 0.22f);
                    if (floor == 0 && window == windows / 2)
                    {
                        Rectangle(wx - half, y - storey * 0.68f, wx + half, y, Building, Haze(_light.Shine(roofColor * 0.7f), nearness));
                        continue;
                    }
                    var pane = lit[floor * windows + window] && _light.WindowsLit ? new Vector3(1, .84f, .46f) : glass;
                    Rectangle(wx - half - 0.09f * scale, wy - tall - 0.09f * scale, wx + half + 0.09f * scale, wy + tall + 0.09f * scale, Building, frame);
                    Rectangle(wx - half, wy - tall, wx + half, wy + tall, Building, pane);
                }
            }
        };
    }

    private Action Broadleaf(float metres, float nearness)
    {
        var scale = PixelsPerMetre(nearness);
        var tall = Between(3.6f, 6.6f) * scale;
        var spread = tall * Between(0.26f, 0.38f);
        var trunk = Between(0.16f, 0.26f) * scale;
        var leaf = Vary(_random.NextBool(0.15) ? new Vector3(.66f, .44f, .14f) : new Vector3(.20f, .42f, .15f), 0.22f);
        var bark = Vary(new Vector3(.34f, .24f, .16f), 0.15f);
        var crowns = new (float X, float Y, float Radius)[_random.Next(6, 10)];
        for (var i = 0; i < crowns.Length; i++)
        {
            var angle = Between(0, 6.2832f);
            var away = spread * 0.55f * MathF.Sqrt(Between(0, 1));
            crowns[i] = (MathF.Cos(angle) * away, MathF.Sin(angle) * away * 0.9f, spread * Between(0.5f, 0.72f));
        }
        var seed = (uint)_random.NextBits();

        return () =>
        {
            var x = MiddleOf(nearness) + metres * scale;
            var y = RowOf(nearness);
            var crownY = y - tall + spread * 1.05f;
            Shadow(x, y, spread * 1.1f, spread * 0.22f);
            _canvas.Fill(x - 2 * trunk, crownY, x + 2 * trunk, y, Tree,
                (px, py) => Math.Abs(px - x) < trunk * (0.8f + 0.5f * (py - crownY) / (y - crownY)),
                (px, _) => Haze(_light.Shine(bark * (1 + 0.3f * (px - x) / trunk * _light.SunSide * _light.Directness)), nearness));
            bool InCrown(float px, float py)
            {
                var ragged = 1 + 0.22f * (Noise(seed, (px - x) * 2.2f / scale, (py - y) * 2.2f / scale) - 0.5f);
                foreach (var crown in crowns)
                {
                    var (dx, dy, radius) = (px - x - crown.X, py - crownY - crown.Y, crown.Radius * ragged);
                    if (dx * dx + dy * dy < radius * radius)
                        return true;
                }
                return false;
            }
            _canvas.Fill(x - 1.5f * spread, crownY - 1.5f * spread, x + 1.5f * spread, crownY + 1.5f * spread, Tree, InCrown, (px, py) =>
            {
                var across = (px - x) / spread * _light.SunSide;
                var up = (crownY - py) / spread;
                var leaves = Noise(seed + 1, px * 3.4f / scale, py * 3.4f / scale) - 0.5f
                    + 0.6f * (Noise(seed + 2, px * 8 / scale, py * 8 / scale) - 0.5f);
                var brightness = 0.92f + (0.22f * across + 0.24f * up) * (0.4f + 0.6f * _light.Directness) + 0.34f * leaves;
                return Haze(_light.Shine(leaf * brightness), nearness);
            });
        };
    }

    private Action Conifer(float metres, float nearness)
    {
        var scale = PixelsPerMetre(nearness);
        var tall = Between(4.2f, 7.4f) * scale;
        var spread = tall * Between(0.19f, 0.26f);
        var needle = Vary(new Vector3(.12f, .32f, .20f), 0.2f);
        var bark = new Vector3(.30f, .21f, .15f);
        var tiers = _random.Next(3, 6);
        var seed = (uint)_random.NextBits();

        return () =>
        {
            var x = MiddleOf(nearness) + metres * scale;
            var y = RowOf(nearness);
            var foot = y - tall * 0.12f;
            var peak = y - tall;
            Shadow(x, y, spread * 1.2f, spread * 0.26f);
            Rectangle(x - 0.14f * scale, foot - 1, x + 0.14f * scale, y, Tree, Haze(_light.Shine(bark), nearness));
            _canvas.Fill(x - spread, peak, x + spread, foot, Tree, (px, py) =>
            {
                var down = (py - peak) / (foot - peak);
                var tier = down * tiers - MathF.Floor(down * tiers);
                var half = spread * (down * 0.72f + tier * 0.28f);
                return down >= 0 && Math.Abs(px - x) < half;
            }, (px, py) =>
            {
                var down = (py - peak) / (foot - peak) * tiers;
                var leaves = Noise(seed, px * 5 / scale, py * 5 / scale) - 0.5f;
                var brightness = 0.9f + 0.26f * (px - x) / spread * _light.SunSide * _light.Directness
                    + 0.22f * (down - MathF.Floor(down) - 0.4f) + 0.28f * leaves;
                return Haze(_light.Shine(needle * brightness), nearness);
            });
        };
    }

    private Action Vehicle(float metres, float nearness, bool comes)
    {
        var scale = PixelsPerMetre(nearness) * Between(1.05f, 1.2f);
        var paint = Vary(Pick(Paints), 0.08f);
        var van = _random.NextBool(0.2);
        var half = (van ? 0.98f : 0.90f) * scale;
        var tall = (van ? 2.05f : 1.45f) * scale;

        return () =>
        {
            var x = MiddleOf(nearness) + metres * PixelsPerMetre(nearness);
            var y = RowOf(nearness);
            var waist = y - (van ? 1.15f : 0.88f) * scale;
            var roof = y - tall;
            Vector3 Lit(Vector3 color) => Haze(_light.Shine(color), nearness);
            Shadow(x, y - 0.05f * scale, half * 1.35f, 0.32f * scale);

            foreach (var side in (ReadOnlySpan<int>)[-1, 1])
            {
                var wheel = x + side * half * 0.76f;
                Rectangle(wheel - 0.17f * scale, y - 0.5f * scale, wheel + 0.17f * scale, y, Car, Lit(new Vector3(.07f, .07f, .08f)));
            }
            // The cabin narrows upwards; seen from above the roof shows.
            float HalfAt(float py) => half * (0.74f + 0.24f * Math.Clamp((py - roof) / (waist - roof), 0, 1));
            _canvas.Fill(x - half, roof, x + half, waist + 1, Car, (px, py) =>
            {
                var corner = Math.Max(0, roof + 0.16f * scale - py);
                return py >= roof && py <= waist + 1 && Math.Abs(px - x) < HalfAt(py) - corner * 0.8f;
            }, (_, py) => Lit(paint * (py < roof + 0.3f * scale ? 1.12f : 0.86f)));
            var glass = Lit(new Vector3(.14f, .18f, .24f)) + _light.Horizon * 0.10f;
            _canvas.Fill(x - half, roof, x + half, waist, Car, (px, py) =>
                py > roof + 0.28f * scale && py < waist - 0.04f * scale && Math.Abs(px - x) < HalfAt(py) - 0.13f * scale,
                (px, py) => glass * (1.2f - 0.5f * (py - roof) / (waist - roof)) * ((px - x) * _light.SunSide > 0 ? 1.15f : 1));
            // The body.
            var sill = y - 0.24f * scale;
            _canvas.Fill(x - half, waist, x + half, sill, Car, (px, py) =>
            {
                var dx = Math.Max(0, Math.Abs(px - x) - (half - 0.18f * scale));
                var dy = Math.Max(0, waist + 0.18f * scale - py) + Math.Max(0, py - (sill - 0.10f * scale));
                return dx * dx + dy * dy < 0.18f * scale * 0.18f * scale;
            }, (px, py) => Lit(paint * (1.06f - 0.30f * (py - waist) / (sill - waist)
                + 0.10f * (px - x) / half * _light.SunSide * _light.Directness)));
            var lamp = comes ? new Vector3(1, .97f, .82f) : new Vector3(.90f, .08f, .06f);
            foreach (var side in (ReadOnlySpan<int>)[-1, 1])
            {
                var lx = x + side * half * 0.74f;
                var ly = waist + 0.24f * scale;
                Rectangle(lx - 0.17f * scale, ly - 0.09f * scale, lx + 0.17f * scale, ly + 0.09f * scale, Car, _light.WindowsLit ? lamp : Lit(lamp));
                if (_light.WindowsLit)
                {
                    var glow = 0.85f * scale;
                    _canvas.Tint(lx - glow, ly - glow, lx + glow, ly + glow, lamp, (px, py) =>
                        0.5f * Math.Max(0, 1 - MathF.Sqrt((px - lx) * (px - lx) + (py - ly) * (py - ly)) / glow));
                }
            }
            Rectangle(x - 0.26f * scale, sill - 0.20f * scale, x + 0.26f * scale, sill - 0.06f * scale, Car, Lit(new Vector3(.88f, .88f, .84f)));
            Rectangle(x - half * 0.9f, sill - 0.02f * scale, x + half * 0.9f, sill + 0.08f * scale, Car, Lit(new Vector3(.12f, .12f, .13f)));
        };
    }

    private Action Walker(float metres, float nearness)
    {
        var scale = PixelsPerMetre(nearness) * Between(1.05f, 1.25f);
        var shirt = Vary(Pick(Clothes), 0.1f);
        var trousers = Vary(_random.NextBool() ? new Vector3(.16f, .19f, .32f) : new Vector3(.30f, .26f, .22f), 0.2f);
        var skin = Pick(Skins);
        var hair = Vary(new Vector3(.22f, .15f, .10f), 0.4f);
        var stride = Between(-0.24f, 0.24f);

        return () =>
        {
            var x = MiddleOf(nearness) + metres * PixelsPerMetre(nearness);
            var y = RowOf(nearness);
            Vector3 Lit(Vector3 color) => Haze(_light.Shine(color), nearness);
            Shadow(x, y, 0.5f * scale, 0.12f * scale);
            var (hip, shoulder) = (y - 0.82f * scale, y - 1.42f * scale);
            Limb(x - 0.07f * scale, hip, x - (0.10f + stride) * scale, y, 0.10f * scale, Lit(trousers * 0.88f));
            Limb(x + 0.07f * scale, hip, x + (0.10f + stride) * scale, y, 0.10f * scale, Lit(trousers));
            Limb(x - 0.2f * scale, shoulder + 0.08f * scale, x - (0.27f - stride * 0.6f) * scale, hip - 0.05f * scale, 0.07f * scale, Lit(shirt * 0.82f));
            Limb(x + 0.2f * scale, shoulder + 0.08f * scale, x + (0.27f - stride * 0.6f) * scale, hip - 0.05f * scale, 0.07f * scale, Lit(shirt * 0.9f));
            Limb(x, shoulder + 0.17f * scale, x, hip - 0.08f * scale, 0.20f * scale, Lit(shirt));
            var (head, radius) = (y - 1.62f * scale, 0.15f * scale);
            Limb(x, head, x, head + 0.02f * scale, radius, Lit(skin));
            _canvas.Fill(x - radius, head - radius - 0.03f * scale, x + radius, head - 0.03f * scale, Person, (px, py) =>
            {
                var (dx, dy) = (px - x, py - head);
                return dx * dx + dy * dy < radius * radius * 1.12f;
            }, (_, _) => Lit(hair));
        };
    }

    private void Limb(float x0, float y0, float x1, float y1, float radius, Vector3 color)
    {
        var (ax, ay) = (x1 - x0, y1 - y0);
        var length = Math.Max(1e-6f, ax * ax + ay * ay);
        _canvas.Fill(
            Math.Min(x0, x1) - radius, Math.Min(y0, y1) - radius, Math.Max(x0, x1) + radius, Math.Max(y0, y1) + radius, Person,
            (px, py) =>
            {
                var along = Math.Clamp(((px - x0) * ax + (py - y0) * ay) / length, 0, 1);
                var (dx, dy) = (px - x0 - along * ax, py - y0 - along * ay);
                return dx * dx + dy * dy < radius * radius;
            },
            (px, _) => color * (1 + 0.15f * (px - x0) / radius * _light.SunSide * _light.Directness));
    }

    private void Rectangle(float left, float top, float right, float bottom, byte label, Vector3 color) =>
        _canvas.Fill(left, top, right, bottom, label,
            (x, y) => x >= left && x < right && y >= top && y < bottom, (_, _) => color);

    private (RgbImage Image, LabelMap Labels) Finish()
    {
        var grain = Between(0.006f, 0.022f);
        var vignette = Between(0.06f, 0.2f);
        var exposure = Between(0.92f, 1.08f);
        return _canvas.Finish((x, y, color) =>
        {
            var (dx, dy) = (x / _width - 0.5f, y / _height - 0.5f);
            var speck = new Vector3(
                Hash(_noise + 31, (int)x, (int)y) - 0.5f, Hash(_noise + 32, (int)x, (int)y) - 0.5f,
                Hash(_noise + 33, (int)x, (int)y) - 0.5f);
            return color * (exposure * (1 - vignette * 2 * (dx * dx + dy * dy))) + speck * (2 * grain);
        });
    }

    // Value noise: random numbers at whole coordinates, smoothly joined; 0 to 1.
    private static float Noise(uint seed, float x, float y)
    {
        var (left, top) = (MathF.Floor(x), MathF.Floor(y));
        var (column, row) = ((int)left, (int)top);
        var (u, v) = (x - left, y - top);
        u = u * u * (3 - 2 * u);
        v = v * v * (3 - 2 * v);
        var upper = float.Lerp(Hash(seed, column, row), Hash(seed, column + 1, row), u);
        var lower = float.Lerp(Hash(seed, column, row + 1), Hash(seed, column + 1, row + 1), u);
        return float.Lerp(upper, lower, v);
    }

    private static float Hash(uint seed, int x, int y)
    {
        var hash = seed * 0x9E3779B1u ^ (uint)x * 0x85EBCA77u ^ (uint)y * 0xC2B2AE3Du;
        hash = (hash ^ (hash >> 15)) * 0x2C1B3C6Du;
        hash = (hash ^ (hash >> 12)) * 0x297A2D39u;
        return ((hash ^ (hash >> 15)) >> 8) * (1f / (1 << 24));
    }

    /// <summary>The hour and the weather.</summary>
    private sealed record Light
    {
        public required Vector3 Zenith { get; init; }

        public required Vector3 Horizon { get; init; }

        public required Vector3 Sun { get; init; }

        public required Vector3 Cloud { get; init; }

        public required Vector3 CloudShade { get; init; }

        public required Vector3 Shadow { get; init; }

        public required float ShadowStrength { get; init; }

        /// <summary>What surfaces are multiplied with.</summary>
        public required Vector3 Tone { get; init; }

        /// <summary>Of the sky's height; 0 without a sun.</summary>
        public required float SunHeight { get; init; }

        /// <summary>-1: it shines from the left, 1: from the right.</summary>
        public required int SunSide { get; init; }

        /// <summary>How much brighter what faces the sun is; 0 to 1.</summary>
        public required float Directness { get; init; }

        public required float Haze { get; init; }

        public required int Clouds { get; init; }

        public required bool WindowsLit { get; init; }

        public Vector3 Shine(Vector3 color) => color * Tone;

        public static Light Draw(SeededRandom random)
        {
            var side = random.NextBool() ? 1 : -1;
            var hour = random.NextDouble();
            var height = (float)random.NextDouble();
            return hour switch
            {
                < 0.45 => new Light
                {
                    Zenith = new(.24f, .50f, .86f),
                    Horizon = new(.76f, .87f, .95f),
                    Sun = new(1, .98f, .86f),
                    Cloud = new(.99f, .99f, 1),
                    CloudShade = new(.80f, .85f, .91f),
                    Shadow = new(.08f, .11f, .16f),
                    ShadowStrength = 0.55f,
                    Tone = new(1.06f, 1.04f, 1.0f),
                    SunHeight = 0.5f + 0.4f * height,
                    SunSide = side,
                    Directness = 1,
                    Haze = 0.55f,
                    Clouds = 1,
                    WindowsLit = false,
                },
                < 0.70 => new Light
                {
                    Zenith = new(.34f, .44f, .70f),
                    Horizon = new(.99f, .78f, .54f),
                    Sun = new(1, .93f, .68f),
                    Cloud = new(1, .86f, .74f),
                    CloudShade = new(.80f, .60f, .60f),
                    Shadow = new(.14f, .09f, .14f),
                    ShadowStrength = 0.5f,
                    Tone = new(1.08f, .93f, .78f),
                    SunHeight = 0.12f + 0.3f * height,
                    SunSide = side,
                    Directness = 1,
                    Haze = 0.6f,
                    Clouds = 0,
                    WindowsLit = false,
                },
                < 0.88 => new Light
                {
                    Zenith = new(.60f, .65f, .71f),
                    Horizon = new(.83f, .85f, .87f),
                    Sun = Vector3.One,
                    Cloud = new(.82f, .84f, .87f),
                    CloudShade = new(.62f, .66f, .71f),
                    Shadow = new(.10f, .11f, .12f),
                    ShadowStrength = 0.3f,
                    Tone = new(.84f, .86f, .88f),
                    SunHeight = 0,
                    SunSide = side,
                    Directness = 0.25f,
                    Haze = 0.8f,
                    Clouds = 4,
                    WindowsLit = false,
                },
                _ => new Light
                {
                    Zenith = new(.10f, .13f, .30f),
                    Horizon = new(.62f, .44f, .52f),
                    Sun = Vector3.One,
                    Cloud = new(.48f, .38f, .50f),
                    CloudShade = new(.26f, .24f, .38f),
                    Shadow = new(.04f, .04f, .08f),
                    ShadowStrength = 0.35f,
                    Tone = new(.50f, .50f, .64f),
                    SunHeight = 0,
                    SunSide = side,
                    Directness = 0.3f,
                    Haze = 0.5f,
                    Clouds = 0,
                    WindowsLit = true,
                },
            };
        }
    }
}
